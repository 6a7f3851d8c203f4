// Keeps the live part fresh and lets buttons act. No framework: one fetch a second.
const live = document.getElementById("live");
const said = document.getElementById("said");
let shown = live.innerHTML;

// A press that begins on a button must end on the same button, and marked text must stay marked.
const inUse = () => live.querySelector("button:active, a:active, button:focus-visible, a:focus-visible") || !getSelection().isCollapsed;

async function refresh() {
  try {
    const answer = await fetch(`/live?lang=${live.dataset.language}`);
    const text = await answer.text();
    if (answer.ok && text !== shown && !inUse()) {
      shown = text;
      live.innerHTML = text;
    }
    if (said.textContent === live.dataset.away) said.textContent = "";
  } catch {
    said.textContent = live.dataset.away;
  }
}

live.addEventListener("click", async (event) => {
  const button = event.target.closest("button[data-path]");
  if (!button) return;
  button.disabled = true;
  button.blur();
  const answer = await fetch(button.dataset.path, { method: button.dataset.method });
  said.textContent = answer.ok ? "" : (await answer.json()).detail;
  await refresh();
});

setInterval(refresh, 1000);
