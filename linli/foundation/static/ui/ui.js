// What a page gains from a script; without it everything still works.
// Loaded after vendor/base.js; no inline handler, no eval, no request but our own.
"use strict";

const all = (root, selector) => (root.matches(selector) ? [root] : []).concat(Array.from(root.querySelectorAll(selector)));

// --- buttons that only a script can serve are hidden until one is here ---

function offerCopy(button) {
  if (!navigator.clipboard) return;
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(document.querySelector(button.dataset.copy).textContent.trim());
    button.querySelector("span").textContent = button.dataset.done;
  });
}

function offerPrint(button) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}

function offerReading(button) {
  if (!("speechSynthesis" in window)) return;
  button.hidden = false;
  button.addEventListener("click", () => {
    if (speechSynthesis.speaking) return speechSynthesis.cancel();
    const main = document.querySelector("#main .phone-body").cloneNode(true);
    for (const mute of all(main, "button, form, script")) mute.remove();
    const text = main.innerText || main.textContent;
    const speech = new SpeechSynthesisUtterance(text.replace(/\s+/g, "，"));
    speech.lang = "zh-CN";
    speechSynthesis.speak(speech);
  });
}

// --- where: a press on 定位 asks the phone, the server names the place ---

function offerLocating(button) {
  if (!("geolocation" in navigator) || !window.isSecureContext) return;
  button.hidden = false;
  button.addEventListener("click", () => {
    button.disabled = true;
    navigator.geolocation.getCurrentPosition((here) => located(button, here.coords), () => { button.disabled = false; }, {
      enableHighAccuracy: true,
      timeout: 10000,
    });
  });
}

function located(button, { longitude, latitude }) {
  const lon = longitude.toFixed(7);
  const lat = latitude.toFixed(7);
  const form = button.form;
  for (const [name, value] of [["lon", lon], ["lat", lat]]) if (form.elements[name]) form.elements[name].value = value;
  button.disabled = false;
  window.htmx.ajax("GET", `${button.dataset.locate}?lon=${lon}&lat=${lat}`, { target: "#place-list", swap: "innerHTML" });
}

document.addEventListener("change", (event) => {
  const chosen = event.target;
  if (!chosen.matches(".pick input[type=radio]")) return;
  const box = chosen.closest(".place-box");
  box.querySelector("[data-place-label]").textContent = chosen.dataset.label;
  box.open = false;
  box.querySelector("summary").focus();
});

// --- words: how many ---

function count(area) {
  const said = document.querySelector(area.dataset.count);
  const write = () => { said.textContent = area.value ? `${area.value.length} 字` : ""; };
  area.addEventListener("input", write);
  write();
}

// --- photographs: seen before they are sent, made smaller for a bad network ---

const LONGEST = 2048; // pixels; more shows nothing more on a case page
const KEEP = 700 * 1024; // bytes; what is smaller goes as it is

async function smaller(file) {
  if (file.size <= KEEP || !window.createImageBitmap) return file;
  const picture = await createImageBitmap(file);
  const scale = Math.min(1, LONGEST / Math.max(picture.width, picture.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(picture.width * scale);
  canvas.height = Math.round(picture.height * scale);
  canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
  const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.85));
  return blob && blob.size < file.size ? new File([blob], "photo.jpg", { type: "image/jpeg" }) : file;
}

async function thumbnail(file) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 208;
  const picture = await createImageBitmap(file);
  const side = Math.min(picture.width, picture.height);
  canvas.getContext("2d").drawImage(picture, (picture.width - side) / 2, (picture.height - side) / 2, side, side, 0, 0, 208, 208);
  return canvas;
}

function shots(strip) {
  if (!window.DataTransfer || !window.createImageBitmap) return;
  const inputs = all(strip, "input[type=file]");
  const kept = []; // {file, figure}
  const most = Number(strip.dataset.most);
  const store = () => {
    const files = new DataTransfer();
    for (const { file } of kept) files.items.add(file);
    inputs[0].files = files.files; // one input carries all, the other is emptied
    inputs[1].value = "";
  };
  const add = async (file) => {
    if (kept.length >= most) return;
    const figure = document.importNode(document.getElementById("shot").content, true).firstElementChild;
    const entry = { file: await smaller(file).catch(() => file), figure };
    const picture = await thumbnail(entry.file).catch(() => null); // a kind the browser cannot draw is still sent
    if (picture) figure.prepend(picture);
    figure.querySelector("button").addEventListener("click", () => {
      kept.splice(kept.indexOf(entry), 1);
      figure.remove();
      store();
    });
    kept.push(entry);
    strip.insertBefore(figure, strip.querySelector(".add"));
  };
  for (const input of inputs) {
    input.addEventListener("change", async () => {
      for (const file of Array.from(input.files).filter((one) => !kept.some((old) => old.file === one))) await add(file);
      store();
    });
  }
}

// --- answers: a refusal takes the focus, a lost connection is said ---

function hear(root) {
  const alert = root.querySelector("[role=alert][tabindex]");
  if (alert) alert.focus();
}

function lost(event) {
  const said = document.getElementById("net-lost");
  const xhr = event.detail.xhr;
  if (xhr && xhr.status >= 400 && xhr.status < 500) said.textContent = said.dataset.refused;
  said.hidden = false;
  setTimeout(() => { said.hidden = true; }, 8000);
}

document.addEventListener("htmx:sendError", lost);
document.addEventListener("htmx:timeout", lost);
document.addEventListener("htmx:responseError", lost);

// --- a form that is sent is not sent twice ---

document.addEventListener("submit", (event) => {
  if (!event.target.matches("[data-send]")) return;
  for (const button of document.querySelectorAll(`[type=submit][form="${event.target.id}"], #${event.target.id} [type=submit]`)) {
    setTimeout(() => { button.disabled = true; });
    setTimeout(() => { button.disabled = false; }, 15000);
  }
});
window.addEventListener("pageshow", () => { for (const button of document.querySelectorAll("[type=submit]")) button.disabled = false; });

// --- the list of posts closes as a menu does ---

document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll(".post-menu[open]")) if (!menu.contains(event.target)) menu.open = false;
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of document.querySelectorAll(".post-menu[open]")) menu.open = false;
});

const SERVED = {
  "[data-copy]": offerCopy,
  "[data-print]": offerPrint,
  "[data-read-aloud]": offerReading,
  "[data-locate]": offerLocating,
  "[data-count]": count,
  "[data-shots]": shots,
};

function serve(root) {
  for (const [selector, start] of Object.entries(SERVED)) {
    for (const one of all(root, selector)) {
      if (one.dataset.served) continue;
      one.dataset.served = "1";
      start(one);
    }
  }
  hear(root);
}

serve(document.documentElement);
document.addEventListener("htmx:load", (event) => serve(event.target));
