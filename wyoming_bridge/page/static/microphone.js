// The button to speak: sends the microphone's audio to a profile of the bridge.

import {byId, openSocket, show} from "./dom.js";

const HELD_MS = 400;  // after a shorter press, the microphone stays on until the next one
const MAX_BEHIND_BYTES = 1 << 20;

const button = byId("talk");
const status = text => show(byId("talk-status"), text);

let speaking = null;  // the utterance under way, if any
let pressedAt = 0;

export function enableMicrophone() {
  if (!navigator.mediaDevices) {
    button.disabled = true;
    status("Browsers allow the microphone only for pages of this computer (http://localhost) and "
      + "for https:// pages. Open the page at such an address, or in Home Assistant.");
    return;
  }
  button.addEventListener("pointerdown", event => {
    pressedAt = event.timeStamp;
    button.setPointerCapture(event.pointerId);  // the finger may slide off the button
    toggle();
  });
  for (const released of ["pointerup", "pointercancel"]) {
    button.addEventListener(released, event => {
      if (speaking && event.timeStamp - pressedAt > HELD_MS) speaking.end();
    });
  }
  button.addEventListener("click", event => {
    if (event.detail === 0) toggle();  // from the keyboard or a screen reader
  });
}

function toggle() {
  if (speaking) speaking.end();
  else speaking = new Speaking(byId("profile").value);
}

class Speaking {
  constructor(profile) {
    this.isEnded = false;
    button.setAttribute("aria-pressed", "true");
    status("");
    this.run(profile).catch(error => this.stop(describe(error)));
  }

  async run(profile) {
    this.stream = await navigator.mediaDevices.getUserMedia(
      {audio: {channelCount: 1, echoCancellation: true, noiseSuppression: false}});
    const source = await this.openContext();
    if (this.isEnded) return this.stop("");
    await this.context.audioWorklet.addModule("static/worklet.js");
    this.socket = openSocket("microphone");
    this.socket.onmessage = event => {
      const {kind, text} = JSON.parse(event.data);
      if (kind === "began") status("Speak now.");
      else this.stop(kind === "failed" ? text : "");
    };
    this.socket.onclose = () => this.stop("The connection to the bridge was lost.");
    await new Promise(resolve => { this.socket.onopen = resolve; });
    this.socket.send(JSON.stringify({profile, sample_rate_hz: this.context.sampleRate}));
    const worklet = new AudioWorkletNode(this.context, "microphone");
    worklet.port.onmessage = ({data}) => this.send(data);
    source.connect(worklet);
    if (this.isEnded) this.socket.send("end");
  }

  /** Open the audio at 16 kHz, or at the microphone's own rate, which the bridge converts. */
  async openContext() {
    try {
      this.context = new AudioContext({sampleRate: 16000});
      return this.context.createMediaStreamSource(this.stream);
    } catch {  // Firefox cannot use a microphone whose rate is not that of the context
      this.context = new AudioContext();
      return this.context.createMediaStreamSource(this.stream);
    }
  }

  send(audio) {
    if (this.isEnded || this.socket.readyState !== WebSocket.OPEN) return;
    if (this.socket.bufferedAmount > MAX_BEHIND_BYTES) this.stop("The network is too slow.");
    else this.socket.send(audio);
  }

  /** End the audio. The bridge then answers with the rest of the text. */
  end() {
    if (this.isEnded) return;
    this.isEnded = true;
    button.setAttribute("aria-pressed", "false");
    status("");
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send("end");
  }

  /** Release the microphone, and show why in the status line. */
  stop(text) {
    if (this.isStopped) return;
    this.isStopped = this.isEnded = true;
    button.setAttribute("aria-pressed", "false");
    status(text);
    this.stream?.getTracks().forEach(track => track.stop());
    this.context?.close();
    this.socket?.close();
    if (speaking === this) speaking = null;
  }
}

function describe(error) {
  if (error.name === "NotAllowedError") return "The browser does not allow this page to use the microphone.";
  if (error.name === "NotFoundError") return "There is no microphone.";
  return error.message;
}
