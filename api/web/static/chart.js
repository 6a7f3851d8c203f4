// Draws one point: mean as a line, lowest to highest as a band, gaps as gaps, times in the estate's zone.
"use strict";
(() => {
  const place = document.getElementById("chart");
  if (!place) return;
  const says = document.getElementById("chart-says");
  const language = document.documentElement.lang;
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const height = () => (place.clientWidth < 500 ? 260 : 380);
  let plot = null;

  function times(zone, span) {
    const make = (options) => new Intl.DateTimeFormat(language === "zh-CN" ? "zh-CN" : "en-GB", { timeZone: zone, hourCycle: "h23", ...options });
    const clock = make({ hour: "2-digit", minute: "2-digit" });
    const day = make(language === "zh-CN" ? { month: "numeric", day: "numeric" } : { day: "numeric", month: "short" });
    const month = make({ year: "2-digit", month: "short" });
    const clocked = span === "year" ? {} : { hour: "2-digit", minute: "2-digit", second: span === "hour" ? "2-digit" : undefined };
    const whole = make({ year: "numeric", month: "short", day: "numeric", ...clocked });
    const date = (seconds) => new Date(seconds * 1000);
    return {
      axis: (seconds) => {
        const text = clock.format(date(seconds));
        if (span === "year") return month.format(date(seconds));
        return span === "month" || (span === "day" && text === "00:00") ? day.format(date(seconds)) : text;
      },
      whole: (seconds) => whole.format(date(seconds)),
    };
  }

  function options(data) {
    const bit = data.kind === "bit";
    const form = times(data.zone, data.span);
    const unit = data.unit === "count" || !data.unit ? "" : ` ${data.unit}`;
    const figure = (value) => (bit ? (value ? place.dataset.on : place.dataset.off) : `${Number(value.toPrecision(6))}${unit}`);
    const path = bit ? uPlot.paths.stepped({ align: 1 }) : undefined;
    const axis = { stroke: colour("--muted"), grid: { stroke: colour("--line"), width: 1 }, ticks: { stroke: colour("--line"), width: 1 }, font: "12px system-ui, sans-serif" };
    const edge = { stroke: "transparent", width: 0, points: { show: false }, paths: path, spanGaps: false };
    return {
      width: place.clientWidth,
      height: height(),
      tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), data.zone),
      legend: { live: true },
      cursor: { drag: { x: false, y: false } },
      scales: {
        x: { range: [Date.parse(data.since) / 1000, Date.parse(data.until) / 1000] },
        y: bit ? { range: [-0.1, 1.1] } : { range: (_, low, high) => room(low, high) },
      },
      axes: [
        { ...axis, space: 70, values: (_, splits) => splits.map(form.axis) },
        bit
          ? { ...axis, size: 56, splits: () => [0, 1], values: (_, splits) => splits.map((value) => (value ? place.dataset.on : place.dataset.off)) }
          : { ...axis, size: 64, label: data.unit === "count" ? "" : data.unit, labelSize: 18, labelFont: "12px system-ui, sans-serif" },
      ],
      series: [
        { label: place.dataset.time, value: (_, value) => (value === null ? "–" : form.whole(value)) },
        { ...edge, label: "low", class: "hidden" },
        { ...edge, label: place.dataset.range, value: (self, value, __, index) => (value === null || index === null ? "–" : `${figure(self.data[1][index])} ～ ${figure(value)}`) },
        { label: place.dataset.mean, stroke: colour("--accent"), width: 2, paths: path, spanGaps: false, points: { size: 5 }, value: (_, value) => (value === null ? "–" : figure(value)) },
      ],
      bands: bit ? [] : [{ series: [2, 1], fill: colour("--band") }],
    };
  }

  // A quiet value gets a quiet line: the scale is never narrower than one percent of the value.
  function room(low, high) {
    if (low === null || high === null) return [0, 1];
    const middle = (low + high) / 2;
    const half = Math.max((high - low) * 0.6, Math.abs(middle) * 0.01, 0.01);
    return [low >= 0 && middle - half < 0 ? 0 : middle - half, middle + half];
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
    const empty = !data.mean.some((value) => value !== null);
    says.textContent = place.dataset.empty;
    says.hidden = !empty;
    place.dataset.drawn = data.at.length;
    const columns = [data.at, data.low, data.high, data.mean];
    if (plot) plot.destroy();
    place.replaceChildren();
    plot = new uPlot(options(data), empty ? [[], [], [], []] : columns, place);
  }

  new ResizeObserver(() => { if (plot && plot.width !== place.clientWidth) plot.setSize({ width: place.clientWidth, height: height() }); }).observe(place);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", load);
  load();
  if (place.dataset.live === "yes") setInterval(load, 15_000);
})();
