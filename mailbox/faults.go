package mailbox

import "slices"

// The faults. They are whole sentences for staff, and none repeats anything
// that the message says: an address or a name must not stand in a log.
const (
	faultNoHeader       = "The message begins without a header; all of it was read as text."
	faultHeaderLine     = "A line of the header is no header field and was left out."
	faultHeaderFlood    = "The header is far longer than that of any letter; only its beginning was read."
	faultFieldLong      = "A header field is far too long and was cut."
	faultHeaderBytes    = "A header field has bytes of no known character set; they were guessed."
	faultHeaderControls = "Control, invisible or direction-changing characters were taken out of the header."
	faultEncodedWord    = "A header field has an encoded word that is malformed or stands inside another; it is shown as it stands."
	faultTwice          = "A header field that may stand once stands several times; the first was read."
	faultFromTwice      = "The message has several From lines: who sent it is not certain."
	faultFromMissing    = "The message names no sender."
	faultFromSeveral    = "The From line names several senders."
	faultFromName       = "The sender's display name looks like an e-mail address, and is not the one the message is from."
	faultFromHidden     = "The From line hides its address in an encoded word; such an address is not read."
	faultAddress        = "An address line is malformed; the addresses that could be made out were read."
	faultAddressFlood   = "An address line names more addresses than any letter; only the first were read."
	faultDate           = "The date of the message cannot be read."
	faultMessageID      = "The Message-ID is missing or malformed."
	faultCharset        = "The text names a character set that is not known; it was guessed."
	faultCharsetNone    = "The text has characters of a set it does not name; it was guessed."
	faultCharsetWrong   = "The text is not in the character set it names; it was guessed."
	faultControls       = "Control or direction-changing characters were taken out of the text."
	faultEncoding       = "A part names a transfer encoding that is not known; it was taken as it stands."
	faultBase64         = "A part in base64 is damaged or cut off; what could be decoded was kept."
	faultQuoted         = "A part in quoted-printable is damaged; what could be decoded was kept."
	faultBoundary       = "The parts of the message are not set apart as the message says; they were guessed."
	faultUnclosed       = "The message breaks off before its last part ends."
	faultDeep           = "Parts of the message lie too deep inside one another and were not read; the original has them."
	faultMany           = "The message has too many parts; the last ones were not read, the original has them."
	faultLong           = "The text is too long to show whole; the original has the rest."
	faultHidden         = "The message has words that a mail program would not show; they were left out."
	faultName           = "The name of an attachment has a path, hidden characters or is too long; it was changed."
	faultEncrypted      = "The message is encrypted and cannot be read here."
	faultPartial        = "The message is one piece of a message sent in several."
	faultEmpty          = "The message has no words."
	faultOnlyHead       = "The message is too large; only its beginning was taken."
	faultReport         = "The delivery report names no recipient."
)

// fault notes what is wrong with the message, once each.
func (r *reading) fault(sentence string) {
	if !slices.Contains(r.message.Faults, sentence) {
		r.message.Faults = append(r.message.Faults, sentence)
	}
}
