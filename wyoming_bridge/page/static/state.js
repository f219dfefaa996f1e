// What the page knows about an utterance, from the bridge's messages.

/** Return an utterance without events and levels. */
export function newUtterance(summary) {
  return {events: [], levels: {low: [], high: [], level: [], speech: [], floor: []}, ...summary};
}

/** Update an utterance with a message of the live connection. */
export function update(utterance, message) {
  switch (message.kind) {
    case "event":
      utterance.events.push(message.event);
      break;
    case "levels":
      // If the page was too slow, earlier levels may be missing, so the message has the index at
      // which its values begin.
      for (const name of ["low", "high", "level"]) put(utterance.levels[name], message.at, message[name]);
      for (const name of ["speech", "floor"]) put(utterance.levels[name], message.frames_at, message[name]);
      break;
    case "end": {
      const {kind, ...outcome} = message;
      Object.assign(utterance, outcome);
    }
  }
}

function put(list, at, values) {
  values.forEach((value, index) => { list[at + index] = value; });
}

const last = (utterance, kind) => utterance.events.findLast(event => event.kind === kind);

/** Return the transcript so far: the part that stays, and the part that may change. */
export function textOf(utterance) {
  const newest = last(utterance, "result") ?? last(utterance, "text");
  if (!newest) return {settled: "", open: ""};
  const settled = newest.kind === "result" ? newest.text : newest.settled;
  return {settled, open: newest.text.slice(settled.length)};
}

export const resultOf = utterance => last(utterance, "result");

// The captions for an error, by its code.
const PROBLEMS = {
  auth_failed: "The service does not accept the token",
  budget_exceeded: "The daily limit is reached",
  cannot_connect: "The service cannot be reached",
  connect_timeout: "The service cannot be reached",
  connection_lost: "The connection to the service was lost",
  final_timeout: "The service is too slow",
  proxy_failed: "The service cannot be reached",
  proxy_refused: "The service cannot be reached",
  quota_exceeded: "The account has no credit left",
  rate_limited: "The service is busy",
  service_starting: "The service is not ready yet",
};

/** Return in a few words why an utterance has no text; empty if it has one, or is not over. */
export function problemOf(utterance) {
  if (utterance.error) return PROBLEMS[last(utterance, "error")?.code] ?? "No transcript";
  return resultOf(utterance)?.text === "" ? "No words" : "";
}

/** Return the moments that the timeline marks, in ms from the first audio. */
export function momentsOf(utterance) {
  const endpoint = last(utterance, "endpoint");
  const firstText = utterance.events.find(event => event.kind === "text" && event.text);
  const moments = [];
  if (firstText) moments.push({ms: firstText.audio_ms, name: "first words"});
  if (endpoint?.speech_ms !== undefined) moments.push({ms: endpoint.speech_ms, name: "end of speech"});
  if (endpoint) moments.push({ms: endpoint.audio_ms, name: "endpoint"});
  return moments;
}

/** Return the timing as texts, each with a name and a duration. */
export function timingOf(utterance) {
  const timing = resultOf(utterance)?.timing ?? timingOfError(utterance);
  const names = {
    audio_ms: "audio", ready_ms: "service ready", first_text_ms: "first words",
    endpoint_ms: "silence before the endpoint", final_ms: "text after the endpoint",
    error_ms: "error after the endpoint",
  };
  return Object.entries(names)
    .filter(([key]) => timing[key] !== undefined)
    .map(([key, name]) => `${name} ${Math.round(timing[key])} ms`);
}

function timingOfError(utterance) {
  const [endpoint, error] = [last(utterance, "endpoint"), last(utterance, "error")];
  if (!endpoint || !error) return {};
  const {audio_ms, silence_ms} = endpoint;
  return {audio_ms, endpoint_ms: silence_ms, error_ms: error.at_ms - endpoint.at_ms};
}
