// Draws what a counter counted: one bar an hour, day or month of the estate's zone; paler where readings are missing.
"use strict";
(() => {
  function times(zone, bar) {
    const make = plotTimes(zone);
    const axis = { hour: make({ hour: "2-digit", minute: "2-digit" }), day: make({ day: "numeric", month: plotLanguage === "zh-CN" ? "numeric" : "short" }), month: make({ month: "short" }) }[bar];
    const whole = {
      hour: make({ month: "short", day: "numeric", hour: "2-digit", minute: "2-digit" }),
      day: make({ year: "numeric", month: "short", day: "numeric", weekday: "short" }),
      month: make({ year: "numeric", month: "long" }),
    }[bar];
    return { axis: (seconds) => axis.format(new Date(seconds * 1000)), whole: (seconds) => whole.format(new Date(seconds * 1000)) };
  }

  function options(place, data) {
    const form = times(data.zone, data.bar);
    const unit = plotUnit(data.unit);
    const figure = (value) => Number(value.toPrecision(5)).toLocaleString(plotLanguage);
    const bars = uPlot.paths.bars({ size: [0.7, 60] });
    const series = (label, pick, fill) => ({
      label, fill, stroke: plotColour("--accent"), width: 1, paths: bars, points: { show: false },
      value: (_, __, ___, index) => (index === null || data.increase[index] === null || data.whole[index] !== pick ? "–" : `${figure(data.increase[index])}${unit}`),
    });
    return {
      cursor: { drag: { x: false, y: false } },
      scales: { x: { time: false, range: [-0.6, data.since.length - 0.4] }, y: { range: (_, __, high) => [0, high > 0 ? high * 1.1 : 1] } },
      axes: [
        { ...plotAxis(), grid: { show: false }, space: 60, incrs: [1, 2, 3, 4, 6, 7, 12, 14], values: (_, splits) => splits.map((n) => (Number.isInteger(n) && n in data.since ? form.axis(data.since[n]) : "")) },
        { ...plotAxis(), size: 64, label: unit.trim(), labelSize: 18, labelFont: plotFont },
      ],
      series: [
        { label: place.dataset.time, value: (_, n) => (n === null ? "–" : form.whole(data.since[n])) },
        series(place.dataset.increase, true, plotColour("--accent")),
        series(place.dataset.torn, false, plotColour("--band")),
        { label: place.dataset.rate, stroke: "transparent", width: 0, points: { show: false }, value: (_, value) => (value === null ? "–" : `${figure(value)}${unit}`), scale: "rate" },
      ],
    };
  }

  plot("growth", [220, 280], 60_000, (place, data) => {
    const known = data.increase.filter((value) => value !== null).length;
    if (!known) return { drawn: 0, empty: true };
    const part = (pick) => data.increase.map((value, n) => (data.whole[n] === pick ? value : null));
    const columns = [data.since.map((_, n) => n), part(true), part(false), data.per_hour];
    return { drawn: known, empty: false, options: options(place, data), columns };
  });
})();
