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

// The form for a fault: only the parameters of the chosen one are shown; numbers go as numbers.
const form = document.getElementById("fault");

function showParameters() {
  const wanted = form.fault.selectedOptions[0].dataset.parameters.split(" ");
  for (const label of form.querySelectorAll("[data-parameter]")) {
    label.hidden = !wanted.includes(label.dataset.parameter);
    label.querySelector("input").disabled = label.hidden;
  }
}

form.fault.addEventListener("change", showParameters);
showParameters();

const numbered = (text) => (text.trim() !== "" && Number.isFinite(Number(text)) ? Number(text) : text);

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const entries = [...new FormData(form)].filter(([, value]) => value !== "");
  const { target, fault, for: seconds, ...rest } = Object.fromEntries(entries);
  const parameters = Object.fromEntries(Object.entries(rest).map(([name, value]) => [name, numbered(value)]));
  const order = { target, fault, parameters, ...(seconds ? { for: Number(seconds) } : {}) };
  const answer = await fetch("/faults", { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(order) });
  said.textContent = answer.ok ? "" : String((await answer.json()).detail);
  await refresh();
});
