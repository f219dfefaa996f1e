// Draws an utterance over time: waveform, level, background noise, probability of speech, moments.

const STEP_MS = 20;
const SHORTEST_MS = 3000;
const QUIETEST_DB = -80;
const ROWS = 3;
const ROW = 13;

export function drawTimeline(canvas, levels, moments) {
  const style = getComputedStyle(canvas);
  const colour = name => style.getPropertyValue(`--${name}`);
  const scale = devicePixelRatio;
  const width = canvas.clientWidth;
  const height = canvas.clientHeight;
  if (!width) return;  // not shown
  canvas.width = width * scale;
  canvas.height = height * scale;
  const pen = canvas.getContext("2d");
  pen.scale(scale, scale);
  const xOf = ms => width * ms / Math.max(SHORTEST_MS, levels.low.length * STEP_MS);
  const top = ROWS * ROW;  // the names of the moments are above
  const speechHeight = 14;
  const bottom = height - speechHeight - 2;
  const middle = (top + bottom) / 2;
  const yOf = db => bottom - (bottom - top) * (Math.max(db, QUIETEST_DB) - QUIETEST_DB) / -QUIETEST_DB;

  pen.fillStyle = colour("wave");
  const step = Math.max(1, xOf(STEP_MS));
  levels.low.forEach((low, index) => {
    const high = levels.high[index];
    const tall = Math.max(1, (high - low) * (bottom - top) / 200);
    pen.fillRect(xOf(index * STEP_MS), middle - high * (bottom - top) / 200, step, tall);
  });

  pen.fillStyle = colour("speech");
  levels.speech.forEach((percent, index) => {
    const tall = speechHeight * percent / 100;
    pen.fillRect(xOf(index * STEP_MS), height - tall, step, tall);
  });

  const line = (values, name, dashes, isShown) => {
    pen.strokeStyle = colour(name);
    pen.lineWidth = 1.5;
    pen.setLineDash(dashes);
    pen.beginPath();
    let isDown = false;
    values.forEach((value, index) => {
      if (!isShown(value)) { isDown = false; return; }
      pen[isDown ? "lineTo" : "moveTo"](xOf(index * STEP_MS), yOf(value));
      isDown = true;
    });
    pen.stroke();
  };
  line(levels.level, "accent", [], () => true);
  line(levels.floor, "floor", [5, 4], value => value > -100);

  pen.setLineDash([]);
  pen.strokeStyle = pen.fillStyle = colour("text");
  pen.lineWidth = 1;
  pen.font = "11px system-ui, sans-serif";
  const free = new Array(ROWS).fill(0);  // where the next name can begin in each row
  for (const {ms, name} of moments) {
    const x = Math.min(xOf(ms), width - 1);
    const length = pen.measureText(name).width;
    const left = Math.min(x, width - length);
    const row = Math.max(0, free.findLastIndex(begin => begin <= left));
    pen.beginPath();
    pen.moveTo(x, (row + 1) * ROW);
    pen.lineTo(x, height);
    pen.stroke();
    pen.fillText(name, left, (row + 1) * ROW - 3);
    free[row] = left + length + 8;
  }
}
