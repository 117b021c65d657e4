// Package mailer owns the post: every letter the product writes, what it looks
// like as HTML and as text, and how it leaves through an SMTP server.
//
// A letter is born as a struct that says what it needs ("Extended": new date,
// old date, reason, article), is composed into a Letter, a plain document of
// headings, paragraphs, facts and one button, in the reader's language, and is
// rendered from that one document twice. What is missing stops it: Compose and
// Render return ErrIncomplete rather than a letter with a hole in it.
//
// Letters carry a reference and a link, never a name, an address or what was
// found. The package knows nothing of requests, their storage or the outbox:
// callers hand in dates and words, and get a message to store or to send.
package mailer
