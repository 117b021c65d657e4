// A menu is open while it is used. It closes when the focus goes elsewhere, so
// that it never lies over what has the focus (WCAG 2.2, 2.4.11), and on Escape.
addEventListener("focusin", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) menu.open = menu.contains(event.target);
});

addEventListener("keydown", (event) => {
  const menu = event.key === "Escape" && event.target.closest?.("details.menu[open]");
  if (!menu) return;
  event.preventDefault(); // Escape closes one thing at a time
  menu.open = false;
  menu.querySelector("summary").focus();
});
