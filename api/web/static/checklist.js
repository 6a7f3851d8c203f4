// The page of an order on a phone: photos are made smaller and sent without leaving the page, and what was typed survives a reload.
"use strict";
(() => {
  const LONGEST = 1600;

  async function smaller(file) {
    const bitmap = await createImageBitmap(file, { imageOrientation: "from-image" });
    const scale = Math.min(1, LONGEST / Math.max(bitmap.width, bitmap.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(bitmap.width * scale);
    canvas.height = Math.round(bitmap.height * scale);
    canvas.getContext("2d").drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    return new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.8));
  }

  function show(form, kept) {
    const link = document.createElement("a");
    link.href = kept.address;
    const image = document.createElement("img");
    image.src = kept.address;
    image.width = kept.photo.width;
    image.height = kept.photo.height;
    image.alt = kept.photo.person;
    link.append(image);
    const item = document.createElement("li");
    item.append(link);
    form.closest("section").querySelector(".photos").append(item);
  }

  async function send(form) {
    const status = form.querySelector("[data-photo-status]");
    const input = form.elements.photo;
    const file = input.files[0];
    if (!file) return;
    status.textContent = form.dataset.sending;
    const key = `${form.elements.key.value}-${form.dataset.sent || 0}`; // the same until it is known to have arrived
    const headers = { "content-type": "image/jpeg", "idempotency-key": key };
    if (form.elements.csrf) headers["x-csrf-token"] = form.elements.csrf.value;
    const line = form.elements.line ? `?line=${encodeURIComponent(form.elements.line.value)}` : "";
    try {
      const body = await smaller(file);
      const answer = await fetch(`${form.action}.json${line}`, { method: "POST", headers, body });
      const said = await answer.json();
      if (!answer.ok) throw new Error(said.detail);
      form.dataset.sent = Number(form.dataset.sent || 0) + 1;
      input.value = "";
      status.textContent = "";
      show(form, said);
    } catch (error) {
      status.textContent = `${form.dataset.failed} ${error.message}`;
    }
  }

  for (const form of document.querySelectorAll(".photo-form")) {
    form.classList.add("scripted"); // choosing a photo sends it
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      send(form);
    });
    form.elements.photo.addEventListener("change", () => send(form));
  }
  document.addEventListener("click", (event) => {
    const wanted = event.target.closest("[data-photo-for]");
    const form = document.querySelector(".photo-form");
    if (!wanted || !form) return;
    if (form.elements.line) form.elements.line.value = wanted.dataset.photoFor;
    event.preventDefault();
    form.elements.photo.click();
  });

  const PASSING = ["csrf", "key", "version", "step"];
  for (const form of document.querySelectorAll("[data-draft]")) {
    const name = `draft-${form.dataset.draft}`;
    const fields = [...form.elements].filter((field) => field.name && !PASSING.includes(field.name));
    const isMark = (field) => field.type === "radio" || field.type === "checkbox";
    const kept = JSON.parse(localStorage.getItem(name) || "{}");
    for (const field of fields) {
      if (isMark(field)) field.checked ||= kept[field.name] === field.value;
      else field.value ||= kept[field.name] || "";
    }
    form.addEventListener("input", () => {
      const typed = {};
      for (const field of fields) if (field.value && (!isMark(field) || field.checked)) typed[field.name] = field.value;
      localStorage.setItem(name, JSON.stringify(typed));
    });
  }
  // What was typed for an earlier state of this order is of no use any more.
  const here = document.querySelector("[data-order]").dataset.order;
  const wanted = new Set([...document.querySelectorAll("[data-draft]")].map((form) => `draft-${form.dataset.draft}`));
  for (const name of Object.keys(localStorage)) {
    if (name.startsWith(`draft-${here}-`) && !wanted.has(name)) localStorage.removeItem(name);
  }
})();
