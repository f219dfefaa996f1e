// The list of recordings. Each can be played, replayed, exported and deleted, and the user can note
// what was really said.

import {byId, element, request, show} from "./dom.js";
import {Card, titleOf} from "./card.js";
import {newUtterance} from "./state.js";

const MOST_ROWS = 200;  // as many as the bridge lists

const rows = new Map();  // by the id of the recording, the newest last

let profiles = [];

export async function listRecordings(profilesOfBridge) {
  profiles = profilesOfBridge;
  const {is_recording, failure, recordings} = await request("recordings");
  const off = "Nothing is recorded. To keep the last utterances here, with their audio, "
    + "write recorder: {} into the bridge's configuration, or turn on \"Record utterances\" in the "
    + "app's configuration.";
  show(byId("past-note"), failure ? `Nothing is recorded any more: ${failure}` : is_recording ? "" : off);
  deleted([...rows.keys()].filter(id => !recordings.some(each => each.id === id)));
  recordings.toReversed().forEach(recorded);
}

export function recorded(summary) {
  const row = rows.get(summary.id) ?? new Row(summary);
  if (!rows.has(summary.id)) byId("past").prepend(row.details);
  rows.set(summary.id, row);
  row.show(summary);
  if (rows.size > MOST_ROWS) deleted([rows.keys().next().value]);
  byId("delete-all").hidden = false;
}

export function deleted(ids) {
  for (const id of ids) {
    rows.get(id)?.details.remove();
    rows.delete(id);
  }
  byId("delete-all").hidden = rows.size === 0;
}

byId("delete-all").addEventListener("click", () => {
  if (!confirm(`Delete all ${rows.size} recordings?`)) return;
  request("recordings", {method: "DELETE"}).catch(error => show(byId("past-note"), error.message));
});

class Row {
  constructor({id}) {
    this.path = `recordings/${encodeURIComponent(id)}`;
    this.title = element("summary");
    this.details = element("details", {className: "past"}, this.title);
    this.details.addEventListener("toggle", () => this.open(), {once: true});
    this.problem = element("p", {className: "problem"});
    this.problem.setAttribute("role", "alert");
  }

  show(summary) {
    const text = summary.error ? `Error: ${summary.error}` : summary.text || "No words";
    const {truth} = summary;
    const isNoted = truth === "" || (truth !== null && truth !== summary.text);
    const really = isNoted ? ` - really: ${truth || "nothing was said"}` : "";
    show(this.title, `${titleOf(summary)}: ${text}${really}`);
  }

  async open() {
    await this.trying(async () => {
      const recording = await request(this.path);
      const card = new Card(newUtterance(recording), {title: "Recording"});
      card.article.append(
        element("audio", {controls: true, preload: "none", src: `${this.path}/audio`, ariaLabel: "Audio of the recording"}),
        this.truthForm(recording), this.replayForm(), this.actions(),
      );
      this.details.append(card.article);
    });
    this.details.append(this.problem);
  }

  truthForm({id, text, truth}) {
    const field = element("input", {id: `truth-${id}`, value: truth ?? text ?? "", maxLength: 2000});
    const saved = element("span", {role: "status"});
    const nothing = element("button", {type: "button", className: "plain"}, "Nothing was said");
    const remove = element("button", {type: "button", className: "plain", hidden: truth === null}, "Remove note");
    const form = element(
      "form", {className: "row"}, element("label", {htmlFor: field.id}, "Really said"), field,
      element("button", {}, "Save"), nothing, remove, saved,
    );
    const save = value => this.trying(async () => {
      await request(`${this.path}/truth`, {method: "POST", body: {truth: value}});
      field.value = value ?? text ?? "";
      remove.hidden = value === null;
      show(saved, value === null ? "Removed" : value === "" ? "Saved: nothing was said" : "Saved");
    });
    form.addEventListener("submit", event => {
      event.preventDefault();
      save(field.value.trim());
    });
    nothing.addEventListener("click", () => save(""));
    remove.addEventListener("click", () => save(null));
    return form;
  }

  replayForm() {
    const choice = element("select", {ariaLabel: "Profile of the replay"}, ...profiles.map(profileOption));
    const pace = element(
      "select", {ariaLabel: "Pace of the replay"},
      element("option", {value: "realtime"}, "Normal pace"), element("option", {value: "fast"}, "Fast"),
    );
    const button = element("button", {}, "Replay");
    const replays = element("div", {className: "replays"});
    const form = element("form", {className: "row"}, choice, pace, button);
    form.addEventListener("submit", async event => {
      event.preventDefault();
      button.disabled = true;
      show(button, "Replaying …");
      await this.trying(async () => {
        const options = {method: "POST", body: {profile: choice.value, pace: pace.value}};
        const replay = newUtterance(await request(`${this.path}/replay`, options));
        replays.append(new Card(replay, {title: `Replay through ${replay.profile}`}).article);
      });
      button.disabled = false;
      show(button, "Replay");
    });
    const note = "A replay uses the language, the terms and the names of the house that the client sent. If it sent no names, the replay uses those of the bridge's own house.";
    return element("div", {}, form, element("p", {className: "muted"}, note), replays);
  }

  actions() {
    const remove = element("button", {type: "button", className: "plain"}, "Delete");
    remove.addEventListener("click", () => this.trying(async () => {
      if (confirm("Delete this recording?")) await request(this.path, {method: "DELETE"});
    }));
    return element(
      "p", {className: "row"}, element("a", {href: `${this.path}/export`}, "Export"),
      element("a", {href: `${this.path}/export?audio=0`}, "Export without audio"),
      element("a", {href: `${this.path}/export?house=1`}, "Export with the names of the house"), remove,
    );
  }

  /** Run an action that can fail, and show its error. */
  async trying(action) {
    show(this.problem, "");
    try {
      await action();
    } catch (error) {
      show(this.problem, error.message);
    }
  }
}

export function profileOption({name, title, provider}) {
  return element("option", {value: name}, title === provider ? title : `${title} (${provider})`);
}
