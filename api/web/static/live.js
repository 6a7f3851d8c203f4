// Keeps an open page true: values and ages in place, deadlines counting, and a clear word when the connection is lost.
"use strict";
(() => {
  const body = document.body;
  const words = JSON.parse(body.dataset.words);
  const QUIET = 12_000; // ms without a sign of life until the page says that it is not updated
  let offset = Number(body.dataset.now) * 1000 - Date.now(); // the server's clock minus ours
  let heard = Date.now();
  let fingerprint = null;
  let source = null;

  const fill = (template, values) => template.replace(/\{(\w+)\}/g, (_, name) => values[name]);
  const now = () => (Date.now() + offset) / 1000;

  function length(seconds) {
    const all = Math.max(0, Math.round(seconds));
    const part = { days: Math.floor(all / 86400), hours: Math.floor(all / 3600) % 24, minutes: Math.floor(all / 60) % 60, seconds: all % 60 };
    if (part.days) return fill(part.hours ? words.days_hours : words.days, part);
    if (part.hours) return fill(part.minutes ? words.hours_minutes : words.hours, part);
    if (part.minutes) return fill(part.seconds ? words.minutes_seconds : words.minutes, part);
    return fill(words.seconds, part);
  }

  const say = (element, text) => { if (element.textContent !== text) element.textContent = text; };

  function tick() {
    const at = now();
    for (const element of document.querySelectorAll(".age[data-at]")) {
      say(element, fill(words.ago, { length: length(at - Number(element.dataset.at)) }));
    }
    for (const element of document.querySelectorAll(".due[data-due]")) {
      const left = Number(element.dataset.due) - at;
      say(element, left >= 0 ? fill(words.left, { length: length(left) }) : fill(words.over, { length: length(-left) }));
      element.classList.toggle("near", left < 60);
    }
    for (const element of document.querySelectorAll('.v[data-q="good"][data-at]')) {
      if (at - Number(element.dataset.at) > Number(element.dataset.fresh) + slack(element)) {
        element.dataset.q = "stale";
        say(element.querySelector("i"), words["quality.stale"]);
      }
    }
    if (body.dataset.stream) {
      const lost = Date.now() - heard > QUIET || !source || source.readyState !== EventSource.OPEN;
      body.classList.toggle("lost", lost && Date.now() - heard > 3000);
      document.getElementById("lost").hidden = !body.classList.contains("lost");
    }
  }

  // A point read seldom is not stale because its neighbours are read often: the asset's own time decides.
  function slack(element) {
    const asset = element.dataset.point.split("/")[0];
    const time = heardOf[asset];
    return time === undefined ? 0 : Math.max(0, time - Number(element.dataset.at));
  }
  const heardOf = {};
  for (const element of document.querySelectorAll("[data-heard][data-at]")) heardOf[element.dataset.heard] = Number(element.dataset.at);

  function values(data) {
    offset = data.now * 1000 - Date.now();
    for (const [asset, [online, at]] of Object.entries(data.assets)) {
      heardOf[asset] = at;
      for (const element of document.querySelectorAll(`[data-heard="${asset}"]`)) element.dataset.at = at;
      for (const element of document.querySelectorAll(`.card[data-asset="${asset}"]`)) element.dataset.online = online;
    }
    for (const [name, [text, quality, note, last, at]] of Object.entries(data.points)) {
      for (const element of document.querySelectorAll(`[data-point="${name}"]`)) {
        say(element.querySelector("b"), text);
        say(element.querySelector("i"), note);
        element.dataset.q = quality;
        if (at !== null) element.dataset.at = at;
      }
      for (const element of document.querySelectorAll(`[data-of="${name}"]`)) if (at !== null) element.dataset.at = at;
      for (const element of document.querySelectorAll(`[data-last="${name}"]`)) {
        say(element, quality === "bad" && last ? fill(words.last_good, { value: last }) : "");
      }
    }
    tick();
  }

  // Cards take their colour from the alerts beside them.
  function mark() {
    const levels = {};
    for (const row of document.querySelectorAll("[data-raised]")) {
      const level = Number(row.dataset.level);
      levels[row.dataset.raised] = Math.min(level, levels[row.dataset.raised] || level);
    }
    for (const card of document.querySelectorAll(".card[data-asset]")) {
      const level = levels[card.dataset.asset];
      if (level) card.dataset.level = level; else delete card.dataset.level;
    }
  }

  function connect() {
    source = new EventSource(body.dataset.stream);
    const on = (kind, act) => source.addEventListener(kind, (event) => { heard = Date.now(); act(JSON.parse(event.data)); });
    on("values", (data) => { values(data); body.dataset.live = "yes"; });
    on("beat", (data) => { offset = data.now * 1000 - Date.now(); });
    on("work", (data) => {
      if (data.fingerprint !== fingerprint) body.dispatchEvent(new Event("work"));
      fingerprint = data.fingerprint;
    });
    source.onopen = () => { heard = Date.now(); };
    source.onerror = () => {
      heard = Math.min(heard, Date.now() - 3001); // said at once, not after the quiet time
      tick();
      if (source.readyState === EventSource.CLOSED) setTimeout(connect, 3000);
    };
  }

  document.addEventListener("htmx:afterSettle", () => { mark(); tick(); });
  for (const form of document.querySelectorAll("form")) {
    // Once the form was read: a disabled button would not say that it was the one that was pressed.
    form.addEventListener("submit", () => setTimeout(() => { for (const button of form.querySelectorAll("button")) button.disabled = true; }));
  }
  addEventListener("pageshow", () => { for (const button of document.querySelectorAll("form button")) button.disabled = false; });
  if (body.dataset.stream) connect();
  tick();
  setInterval(tick, 1000);
})();
