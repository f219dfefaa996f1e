// The main script of the page. It connects the cards, the list of recordings and the microphone.

import {byId, follow, request, show} from "./dom.js";
import {Card} from "./card.js";
import {enableMicrophone} from "./microphone.js";
import {deleted, listRecordings, profileOption, recorded} from "./recordings.js";
import {newUtterance, textOf, update} from "./state.js";

const MOST_CARDS = 3;

const cards = new Map();  // by the id of the utterance, the newest last

follow(message => {
  switch (message.kind) {
    case "hello":
      return greet(message);
    case "begin":
      return add(newUtterance(message));
    case "recorded":
      return recorded(message.recording);
    case "deleted":
      return deleted(message.ids);
    default:
      change(message);
  }
});

function greet({version, profiles, utterances, is_logged_in}) {
  document.title = `Wyoming Bridge ${version}`;
  byId("log-out").hidden = !is_logged_in;
  const choice = byId("profile");
  const chosen = choice.value;
  choice.replaceChildren(...profiles.map(profileOption));
  if (profiles.some(each => each.name === chosen)) choice.value = chosen;
  listRecordings(profiles).catch(error => show(byId("past-note"), error.message));
  // After a lost connection, remove the cards of utterances that were under way. Those that are
  // still under way are in `utterances`, with everything that has happened in them so far.
  for (const [id, card] of cards) if (!card.utterance.is_over) remove(id);
  utterances.forEach(each => add(newUtterance(each)));
}

function add(utterance) {
  const card = new Card(utterance);
  cards.set(utterance.id, card);
  byId("live").prepend(card.article);
  while (cards.size > MOST_CARDS) remove(cards.keys().next().value);
  byId("nothing-live").hidden = true;
}

function remove(id) {
  cards.get(id).article.remove();
  cards.delete(id);
  byId("nothing-live").hidden = cards.size > 0;
}

function change(message) {
  const card = cards.get(message.id);
  if (!card) return;
  update(card.utterance, message);
  if (message.kind === "levels") return card.drawSoon();
  card.show();
  announce(card.utterance);
}

/** Let screen readers say the settled text, and why the utterance ended. */
function announce(utterance) {
  const why = utterance.why_ended ? `. Ended: ${utterance.why_ended}` : "";
  const text = utterance.error ?? textOf(utterance).settled + why;
  if (text) show(byId("announcer"), text);
}

byId("log-out").addEventListener("click", () => request("logout", {method: "POST"}).then(
  () => location.reload(),
  error => show(byId("connection"), `You are not logged out: ${error.message}`),
));

enableMicrophone();
