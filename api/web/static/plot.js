// What all plots share: fetch, draw, say what is missing, follow size and colours. `plot(id, heights, every, picture)`:
// `picture(place, data)` gives `drawn` (how much there is), and `options` with `columns` for uPlot, or none of these two.
"use strict";
const plotColour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const plotLanguage = document.documentElement.lang === "zh-CN" ? "zh-CN" : "en-GB";
const plotTimes = (zone) => (options) => new Intl.DateTimeFormat(plotLanguage, { timeZone: zone, hourCycle: "h23", ...options });
const plotFont = "12px system-ui, sans-serif";
const plotAxis = () => ({ stroke: plotColour("--muted"), grid: { stroke: plotColour("--line"), width: 1 }, ticks: { stroke: plotColour("--line"), width: 1 }, font: plotFont });
const plotUnit = (unit) => (unit === "count" || !unit ? "" : ` ${unit}`);

function plot(id, [small, large], every, picture) {
  const place = document.getElementById(id);
  if (!place) return;
  const says = document.getElementById(`${id}-says`);
  const size = () => ({ width: place.clientWidth, height: place.clientWidth < 500 ? small : large });
  let shown = null;

  function say(text) {
    says.textContent = text;
    says.hidden = !text;
  }

  async function load() {
    let data;
    try {
      const answer = await fetch(place.dataset.address, { headers: { accept: "application/json" } });
      if (!answer.ok) throw new Error(answer.status);
      data = await answer.json();
    } catch {
      say(place.dataset.failed);
      return;
    }
    const { drawn, empty, options, columns } = picture(place, data);
    say(empty ? place.dataset.empty : "");
    place.dataset.drawn = drawn;
    if (shown) shown.destroy();
    place.replaceChildren();
    shown = options ? new uPlot({ ...size(), legend: { live: true }, ...options }, columns, place) : null;
  }

  new ResizeObserver(() => { if (shown && shown.width !== place.clientWidth) shown.setSize(size()); }).observe(place);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", load);
  load();
  if (place.dataset.live === "yes") setInterval(load, every);
}
