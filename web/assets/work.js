// Proof of work for a form out of a network that sends very many. For each
// piece it looks for a number whose SHA-256, taken of "token.piece.number",
// begins with enough zero bits, while the person reads the page. Where it
// cannot work, the form goes out as it is and is taken all the same.
const form = document.querySelector("form[data-token]");
const { token, pieces, bits } = form.dataset;
const note = document.getElementById("work-note");
const batch = 256; // sums asked for at once
const patience = 20000; // milliseconds that somebody waits at most after pressing the button
const text = new TextEncoder();
const most = 2 ** (32 - bits);
let ready = false;
let pressed = false;

const begins = async (said) => new DataView(await crypto.subtle.digest("SHA-256", text.encode(said))).getUint32(0);

async function search(piece) {
  for (let from = 0; ; from += batch) {
    const sums = await Promise.all(Array.from({ length: batch }, (_, i) => begins(`${token}.${piece}.${from + i}`)));
    const hit = sums.findIndex((sum) => sum < most);
    if (hit >= 0) return from + hit;
  }
}

function send() {
  ready = true;
  if (pressed) form.submit();
}

form.addEventListener("submit", (event) => {
  if (ready) return;
  event.preventDefault();
  if (pressed) return;
  pressed = true;
  note.hidden = false;
  setTimeout(send, patience);
});

async function work() {
  const found = [];
  for (let piece = 0; piece < pieces; piece++) found.push(await search(piece));
  form.elements.work.value = found.join(".");
}

work().catch(() => {}).finally(send);
