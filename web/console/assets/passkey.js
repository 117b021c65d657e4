// Asks the browser for a passkey, or to make one, and posts its answer with the
// form. Without this script the form says that it is needed, and shows no button.
const form = document.querySelector("form[data-passkey]");
const button = form.querySelector("button");
const says = form.querySelector("#passkey-says");
const kind = form.dataset.passkey;
const read = kind === "create" ? "parseCreationOptionsFromJSON" : "parseRequestOptionsFromJSON";

const reasons = {
  InvalidStateError: "This device has a passkey for you already.",
  NotAllowedError: "No passkey was used. Press the button to try again.",
  SecurityError: `Passkeys work only where this page is open as ${form.dataset.origin}.`,
};

async function ask() {
  button.disabled = true;
  says.textContent = "Waiting for your device …";
  try {
    const publicKey = PublicKeyCredential[read](JSON.parse(form.dataset.options));
    const answer = await navigator.credentials[kind]({ publicKey });
    form.elements.answer.value = JSON.stringify(answer);
    form.submit();
  } catch (error) {
    says.textContent = reasons[error.name] ?? "The browser could not do it. Press the button to try again, or use another way.";
    button.disabled = false;
  }
}

if (location.origin !== form.dataset.origin) {
  says.textContent = reasons.SecurityError;
} else if (!window.PublicKeyCredential?.[read]) {
  says.textContent = "This browser knows no passkeys. Use a newer one, or another way.";
} else {
  says.textContent = "";
  button.hidden = false;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    ask();
  });
  if ("begin" in form.dataset) ask();
}
