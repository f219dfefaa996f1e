// Shows one utterance: its text, why it ended, its timeline, its events and messages.

import {element, show} from "./dom.js";
import {momentsOf, resultOf, textOf, timingOf} from "./state.js";
import {drawTimeline} from "./timeline.js";

// One listener for all cards, because a listener of each card would keep removed cards in memory.
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  for (const canvas of document.querySelectorAll("canvas")) canvas.dispatchEvent(new Event("redraw"));
});

export class Card {
  constructor(utterance, {title = titleOf(utterance)} = {}) {
    this.utterance = utterance;
    this.said = element("p", {className: "said"});
    this.heard = element("p", {className: "muted"});
    this.why = element("p");
    this.timing = element("p", {className: "muted"});
    this.canvas = element("canvas");
    this.canvas.setAttribute("role", "img");
    this.count = element("summary");
    this.messages = element("ol", {className: "messages", tabIndex: 0, ariaLabel: "Messages"});
    const details = element("details", {}, this.count, this.messages);
    details.addEventListener("toggle", () => this.showMessages());
    this.details = details;
    this.article = element(
      "article", {}, element("h3", {}, title), this.said, this.heard, this.why, this.timing,
      this.canvas, details,
    );
    new ResizeObserver(() => this.draw()).observe(this.canvas);
    this.canvas.addEventListener("redraw", () => this.draw());
    this.show();
  }

  /** Show the utterance again after a change. */
  show() {
    const {utterance} = this;
    const result = resultOf(utterance);
    if (utterance.error) {
      this.said.replaceChildren(element("span", {className: "problem"}, `Error: ${utterance.error}`));
    } else {
      this.said.replaceChildren(...(result ? resultNodes(result) : textNodes(utterance)));
    }
    const heard = result?.said ? `Heard: ${result.said}` : "";
    show(this.heard, heard + (result?.repair ? ` (${result.repair})` : ""));
    show(this.why, utterance.why_ended ? `Ended: ${utterance.why_ended}` : "");
    show(this.timing, timingOf(utterance).join(" · "));
    const messages = utterance.events.length;
    show(this.count, `${messages} ${messages === 1 ? "event" : "events"} and messages of the service`);
    this.showMessages();
    this.drawSoon();
  }

  showMessages() {
    if (!this.details.open) return;
    const shown = this.messages.childElementCount;
    this.messages.append(...this.utterance.events.slice(shown).map(messageNode));
  }

  drawSoon() {
    if (this.isDue) return;
    this.isDue = true;
    requestAnimationFrame(() => { this.isDue = false; this.draw(); });
  }

  draw() {
    const moments = momentsOf(this.utterance);
    drawTimeline(this.canvas, this.utterance.levels, moments);
    const seconds = ms => `${(ms / 1000).toFixed(1)} s`;
    const marked = moments.map(({ms, name}) => `${name} at ${seconds(ms)}`);
    const length = seconds(this.utterance.levels.low.length * 20);
    this.canvas.ariaLabel = [`Timeline of ${length} of audio`, ...marked].join(", ");
  }
}

const WAYS = {wyoming: "through Wyoming", page: "on the page", home_assistant: "in Home Assistant"};

export function titleOf({began_at, profile, provider, client, via, requested}) {
  const time = new Date(began_at).toLocaleString([], {dateStyle: "medium", timeStyle: "medium"});
  const way = WAYS[via] ? `, ${WAYS[via]}` : "";
  const from = client ? `, from ${client}` : "";
  const asked = requested && requested !== profile ? `, requested as ${requested}` : "";
  return `${time}, ${profile === provider ? profile : `${profile} (${provider})`}${asked}${way}${from}`;
}

function textNodes(utterance) {
  const {settled, open} = textOf(utterance);
  if (!settled && !open) return [element("span", {className: "partial"}, "Listening …")];
  return [settled, element("span", {className: "partial"}, open)];
}

/** Return the nodes of the result. Mark each word's confidence, if known, unless it was repaired. */
function resultNodes(result) {
  const words = result.words.filter(word => word.kind !== "spacing");
  const isKnown = words.some(word => word.confidence !== undefined);
  if (!result.text) return [element("span", {className: "partial"}, "No words")];
  if (!isKnown || result.repair) return [result.text];
  return words.flatMap((word, index) => [index ? " " : "", wordNode(word)]);
}

function wordNode({text, confidence}) {
  if (confidence === undefined) return element("span", {}, text);
  const kind = confidence >= 0.8 ? "sure" : confidence >= 0.5 ? "unsure" : "doubtful";
  return element(
    "span", {className: kind, title: `${Math.round(100 * confidence)} % sure`}, text,
    kind === "sure" ? null : element("span", {className: "hidden"}, ` (${kind})`),
  );
}

function messageNode({at_ms, audio_ms, kind, ...values}) {
  const time = `${String(Math.round(at_ms)).padStart(6)} ms `;
  if (kind !== "message") return element("li", {}, `${time}${kind} ${shown(values)}`);
  const arrow = values.direction === "sent" ? "→ " : "← ";
  const text = values.text ?? `(${values.audio_bytes} bytes of audio)`;
  return element("li", {}, time, element("span", {className: "hidden"}, `${values.direction} `), arrow + text);
}

function shown(values) {
  return Object.values(values).map(value => typeof value === "object" ? JSON.stringify(value) : value).join(" ");
}
