// Guards the Allow button against clicks that were meant for something else: the
// second half of a double-click, or a click that arrives just as this window comes
// to the front. The page works without this file; the stylesheet has its own guard.

const pause = 500; // milliseconds in which Allow does nothing
const form = document.getElementById("decision");
let readyAt = performance.now() + pause;
let sent = false;

function wait() {
  readyAt = performance.now() + pause;
}

window.addEventListener("focus", wait);
document.addEventListener("visibilitychange", wait);
window.addEventListener("pageshow", () => {
  sent = false; // a page that "back" brings to life again may be answered again
  form.removeAttribute("aria-busy");
  wait();
});

form.addEventListener("submit", (event) => {
  if (!event.submitter?.name) {
    return; // Enter: the inert button submits nothing
  }
  const tooSoon = event.submitter.value === "allow" && performance.now() < readyAt;
  if (sent || tooSoon) {
    event.preventDefault();
    return;
  }
  sent = true;
  form.setAttribute("aria-busy", "true");
});
