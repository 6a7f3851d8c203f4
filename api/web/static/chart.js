// Draws one point: mean as a line, lowest to highest as a band, gaps as gaps, times in the estate's zone.
"use strict";
(() => {
  function times(zone, span) {
    const make = plotTimes(zone);
    const clock = make({ hour: "2-digit", minute: "2-digit" });
    const day = make(plotLanguage === "zh-CN" ? { month: "numeric", day: "numeric" } : { day: "numeric", month: "short" });
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

  function options(place, data) {
    const bit = data.kind === "bit";
    const form = times(data.zone, data.span);
    const figure = (value) => (bit ? (value ? place.dataset.on : place.dataset.off) : `${Number(value.toPrecision(6))}${plotUnit(data.unit)}`);
    const path = bit ? uPlot.paths.stepped({ align: 1 }) : undefined;
    const edge = { stroke: "transparent", width: 0, points: { show: false }, paths: path, spanGaps: false };
    return {
      tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), data.zone),
      cursor: { drag: { x: false, y: false } },
      scales: {
        x: { range: [Date.parse(data.since) / 1000, Date.parse(data.until) / 1000] },
        y: bit ? { range: [-0.1, 1.1] } : { range: (_, low, high) => room(low, high) },
      },
      axes: [
        { ...plotAxis(), space: 70, values: (_, splits) => splits.map(form.axis) },
        bit
          ? { ...plotAxis(), size: 56, splits: () => [0, 1], values: (_, splits) => splits.map((value) => (value ? place.dataset.on : place.dataset.off)) }
          : { ...plotAxis(), size: 64, label: plotUnit(data.unit).trim(), labelSize: 18, labelFont: plotFont },
      ],
      series: [
        { label: place.dataset.time, value: (_, value) => (value === null ? "–" : form.whole(value)) },
        { ...edge, label: "low", class: "hidden" },
        { ...edge, label: place.dataset.range, value: (self, value, __, index) => (value === null || index === null ? "–" : `${figure(self.data[1][index])} ～ ${figure(value)}`) },
        { label: place.dataset.mean, stroke: plotColour("--accent"), width: 2, paths: path, spanGaps: false, points: { size: 5 }, value: (_, value) => (value === null ? "–" : figure(value)) },
      ],
      bands: bit ? [] : [{ series: [2, 1], fill: plotColour("--band") }],
    };
  }

  // A quiet value gets a quiet line: the scale is never narrower than one percent of the value.
  function room(low, high) {
    if (low === null || high === null) return [0, 1];
    const middle = (low + high) / 2;
    const half = Math.max((high - low) * 0.6, Math.abs(middle) * 0.01, 0.01);
    return [low >= 0 && middle - half < 0 ? 0 : middle - half, middle + half];
  }

  plot("chart", [260, 380], 15_000, (place, data) => {
    const empty = !data.mean.some((value) => value !== null);
    const columns = empty ? [[], [], [], []] : [data.at, data.low, data.high, data.mean];
    return { drawn: data.at.length, empty, options: options(place, data), columns };
  });
})();
