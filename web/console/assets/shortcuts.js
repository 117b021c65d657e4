// The keyboard shortcuts of the console, listed on /console/keys. Each does
// what a link of the page does: it moves the focus, or goes where a link leads.
// None fires while somebody types, or with Ctrl, Alt or Cmd held.
const fields = "input:not([type=checkbox],[type=radio],[type=submit],[type=button]),textarea,select,[contenteditable]";
const all = (what) => [...document.querySelectorAll(what)];
const one = (what) => document.querySelector(what);
const press = (what) => one(what)?.click();

// The row that a key is meant for: where the focus is, else the one opened last.
const row = () => document.activeElement?.closest(".queue tbody tr") ?? one(".queue tbody tr[aria-current]");
const link = (tr) => tr?.querySelector(".c-ref a");

function move(by) {
  const rows = all(".queue tbody tr");
  if (!rows.length) return press(by > 0 ? "main [rel=next]" : "main [rel=prev]");
  const at = rows.indexOf(row());
  const to = link(rows[at < 0 ? 0 : Math.min(rows.length - 1, Math.max(0, at + by))]);
  to?.focus();
  to?.closest("tr").scrollIntoView({ block: "nearest" });
}

// The page of an act stands below that of its request.
function act(name) {
  const request = link(row())?.pathname ?? /^\/console\/requests\/[^/]+/.exec(location.pathname)?.[0];
  if (request) location.href = `${request}/${name}`;
}

function search() {
  const filter = one("#filter");
  if (!filter) return (location.href = "/console#filter");
  filter.focus();
  filter.select();
}

const keys = {
  "/": search,
  "?": () => (location.href = "/console/keys"),
  j: () => move(1),
  k: () => move(-1),
  p: () => row()?.querySelector(".peek-link")?.click(),
  Escape: () => press(".peek .shut"),
  x: () => row()?.querySelector("[type=checkbox]")?.click(),
  b: () => one(".bulk [name=every], .bulk button")?.focus(),
  a: () => act("assign"),
  e: () => act("extend"),
  m: () => act("message"),
  u: () => press(".crumb a"),
  n: () => press('.nav a[href="/console/new"]'),
  "g o": () => press('.nav a[href="/console?q=is:open"]'),
  "g m": () => press('.nav a[href="/console?q=is:open+assignee:me"]'),
  "g d": () => press('.nav a[href="/console/dashboard"]'),
};

let before = "";
addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.target.closest?.(fields)) return;
  const does = keys[before + event.key];
  before = !before && event.key === "g" ? "g " : "";
  if (!does) return;
  if (event.key !== "Escape") event.preventDefault(); // it closes what the browser opened, too
  does();
});

if (location.hash === "#filter") search();
