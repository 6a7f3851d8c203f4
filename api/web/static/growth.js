// Draws what a counter counted: one bar an hour, day or month of the estate's zone; paler where readings are missing.
"use strict";
(() => {
  const place = document.getElementById("growth");
  if (!place) return;
  const says = document.getElementById("growth-says");
  const language = document.documentElement.lang === "zh-CN" ? "zh-CN" : "en-GB";
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const height = () => (place.clientWidth < 500 ? 220 : 280);
  let plot = null;

  function times(zone, bar) {
    const make = (options) => new Intl.DateTimeFormat(language, { timeZone: zone, hourCycle: "h23", ...options });
    const axis = { hour: make({ hour: "2-digit", minute: "2-digit" }), day: make({ day: "numeric", month: language === "zh-CN" ? "numeric" : "short" }), month: make({ month: "short" }) }[bar];
    const whole = {
      hour: make({ month: "short", day: "numeric", hour: "2-digit", minute: "2-digit" }),
      day: make({ year: "numeric", month: "short", day: "numeric", weekday: "short" }),
      month: make({ year: "numeric", month: "long" }),
    }[bar];
    return { axis: (seconds) => axis.format(new Date(seconds * 1000)), whole: (seconds) => whole.format(new Date(seconds * 1000)) };
  }

  function options(data) {
    const form = times(data.zone, data.bar);
    const unit = data.unit === "count" || !data.unit ? "" : ` ${data.unit}`;
    const figure = (value) => Number(value.toPrecision(5)).toLocaleString(language);
    const axis = { stroke: colour("--muted"), grid: { stroke: colour("--line"), width: 1 }, ticks: { stroke: colour("--line"), width: 1 }, font: "12px system-ui, sans-serif" };
    const bars = uPlot.paths.bars({ size: [0.7, 60] });
    const series = (label, pick, fill) => ({
      label, fill, stroke: colour("--accent"), width: 1, paths: bars, points: { show: false },
      value: (_, __, ___, index) => (index === null || data.increase[index] === null || data.whole[index] !== pick ? "–" : `${figure(data.increase[index])}${unit}`),
    });
    return {
      width: place.clientWidth,
      height: height(),
      legend: { live: true },
      cursor: { drag: { x: false, y: false } },
      scales: { x: { time: false, range: [-0.6, data.since.length - 0.4] }, y: { range: (_, __, high) => [0, high > 0 ? high * 1.1 : 1] } },
      axes: [
        { ...axis, grid: { show: false }, space: 60, incrs: [1, 2, 3, 4, 6, 7, 12, 14], values: (_, splits) => splits.map((n) => (Number.isInteger(n) && n in data.since ? form.axis(data.since[n]) : "")) },
        { ...axis, size: 64, label: unit.trim(), labelSize: 18, labelFont: "12px system-ui, sans-serif" },
      ],
      series: [
        { label: place.dataset.time, value: (_, n) => (n === null ? "–" : form.whole(data.since[n])) },
        series(place.dataset.increase, true, colour("--accent")),
        series(place.dataset.torn, false, colour("--band")),
        { label: place.dataset.rate, stroke: "transparent", width: 0, points: { show: false }, value: (_, value) => (value === null ? "–" : `${figure(value)}${unit}`), scale: "rate" },
      ],
    };
  }

  async function load() {
    let data;
    try {
      const answer = await fetch(place.dataset.address, { headers: { accept: "application/json" } });
      if (!answer.ok) throw new Error(answer.status);
      data = await answer.json();
    } catch {
      says.textContent = place.dataset.failed;
      says.hidden = false;
      return;
    }
    const known = data.increase.filter((value) => value !== null).length;
    says.textContent = place.dataset.empty;
    says.hidden = known > 0;
    place.dataset.drawn = known;
    const part = (pick) => data.increase.map((value, n) => (data.whole[n] === pick ? value : null));
    if (plot) plot.destroy();
    place.replaceChildren();
    if (known) plot = new uPlot(options(data), [data.since.map((_, n) => n), part(true), part(false), data.per_hour], place);
  }

  new ResizeObserver(() => { if (plot && plot.width !== place.clientWidth) plot.setSize({ width: place.clientWidth, height: height() }); }).observe(place);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", load);
  load();
  if (place.dataset.live === "yes") setInterval(load, 60_000);
})();
