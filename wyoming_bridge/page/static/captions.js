// Big captions for a screen in the room: only the text of the newest utterance.

import {byId, element, follow} from "./dom.js";
import {newUtterance, textOf, update} from "./state.js";

let newest = null;

follow(message => {
  switch (message.kind) {
    case "hello":
      if (message.utterances.length) newest = newUtterance(message.utterances.at(-1));
      break;
    case "begin":
      newest = newUtterance(message);
      break;
    case "event":
      if (message.id === newest?.id) update(newest, message);
      break;
    default:
      return;
  }
  if (!newest) return;
  const {settled, open} = textOf(newest);
  // The previous text stays until the first word of the new utterance, to avoid a flicker.
  if (settled || open) {
    byId("caption").replaceChildren(settled, element("span", {className: "partial"}, open));
  }
});
