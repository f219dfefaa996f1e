// Big captions for a screen in the room: only the text of the newest utterance.

import {byId, element, follow} from "./dom.js";
import {newUtterance, problemOf, textOf, update} from "./state.js";

const STAYS_MS = 20_000;  // how long the last sentence stays after the end of its utterance

let newest = null;
let clearing = null;

follow(message => {
  switch (message.kind) {
    case "hello":
      if (message.utterances.length) newest = newUtterance(message.utterances.at(-1));
      break;
    case "begin":
      newest = newUtterance(message);
      break;
    case "event":
    case "end":
      if (message.id !== newest?.id) return;
      update(newest, message);
      break;
    default:
      return;
  }
  if (!newest) return;
  clearTimeout(clearing);
  if (newest.is_over) clearing = setTimeout(() => byId("caption").replaceChildren(), STAYS_MS);
  const problem = problemOf(newest);
  if (problem) {
    byId("caption").replaceChildren(element("span", {className: "problem"}, problem));
    return;
  }
  const {settled, open} = textOf(newest);
  // The previous text stays until the first word of the new utterance, to avoid a flicker.
  if (settled || open) {
    byId("caption").replaceChildren(settled, element("span", {className: "partial"}, open));
  }
});

// Keep the screen on while the page is visible. Browsers offer this only to encrypted pages.
async function stayAwake() {
  if (document.visibilityState !== "visible") return;
  try {
    await navigator.wakeLock?.request("screen");
  } catch {
    // The device saves power, or the browser does not allow it. The captions work without it.
  }
}

document.addEventListener("visibilitychange", stayAwake);
stayAwake();
