// Runs in the browser's audio thread. Posts 16-bit samples, 64 ms at a time.

class Microphone extends AudioWorkletProcessor {
  constructor() {
    super();
    this.samples = new Int16Array(Math.round(sampleRate * 0.064));
    this.filled = 0;
  }

  process([[channel]]) {
    for (const sample of channel ?? []) {
      this.samples[this.filled++] = Math.max(-1, Math.min(1, sample)) * 32767;
      if (this.filled === this.samples.length) {
        this.port.postMessage(this.samples.slice().buffer);
        this.filled = 0;
      }
    }
    return true;
  }
}

registerProcessor("microphone", Microphone);
