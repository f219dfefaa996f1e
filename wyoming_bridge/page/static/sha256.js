// SHA-256 and HMAC (FIPS 180-4, RFC 2104). Browsers offer these functions only to pages
// from https:// addresses or localhost.

export const utf8 = text => [...new TextEncoder().encode(text)];

export const hex = bytes => [...bytes].map(byte => byte.toString(16).padStart(2, "0")).join("");

/** The first 32 bits of the fractional part of a root. */
const fraction = root => ((root % 1) * 2 ** 32) >>> 0;

const PRIMES = [];
for (let n = 2; PRIMES.length < 64; n++) if (PRIMES.every(prime => n % prime)) PRIMES.push(n);
const K = PRIMES.map(prime => fraction(Math.cbrt(prime)));
const START = PRIMES.slice(0, 8).map(prime => fraction(Math.sqrt(prime)));

const rotate = (x, bits) => (x >>> bits) | (x << (32 - bits));

export function sha256(message) {
  const zeros = (119 - message.length % 64) % 64;
  const bytes = [...message, 0x80, ...new Array(zeros).fill(0), ...new Array(8).fill(0)];
  const data = new DataView(Uint8Array.from(bytes).buffer);
  data.setUint32(bytes.length - 8, Math.floor(message.length / 2 ** 29));
  data.setUint32(bytes.length - 4, message.length * 8);
  const state = [...START];
  for (let block = 0; block < bytes.length; block += 64) compress(state, data, block);
  return state.flatMap(word => [word >>> 24, word >>> 16 & 255, word >>> 8 & 255, word & 255]);
}

function compress(state, data, block) {
  const w = [];
  for (let i = 0; i < 16; i++) w[i] = data.getUint32(block + 4 * i);
  for (let i = 16; i < 64; i++) {
    const s0 = rotate(w[i - 15], 7) ^ rotate(w[i - 15], 18) ^ (w[i - 15] >>> 3);
    const s1 = rotate(w[i - 2], 17) ^ rotate(w[i - 2], 19) ^ (w[i - 2] >>> 10);
    w[i] = (w[i - 16] + s0 + w[i - 7] + s1) | 0;
  }
  let [a, b, c, d, e, f, g, h] = state;
  for (let i = 0; i < 64; i++) {
    const choice = (e & f) ^ (~e & g);
    const majority = (a & b) ^ (a & c) ^ (b & c);
    const t1 = (h + (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) + choice + K[i] + w[i]) | 0;
    const t2 = ((rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) + majority) | 0;
    [a, b, c, d, e, f, g, h] = [(t1 + t2) | 0, a, b, c, (d + t1) | 0, e, f, g];
  }
  [a, b, c, d, e, f, g, h].forEach((word, i) => { state[i] = (state[i] + word) >>> 0; });
}

export function hmac(key, message) {
  const block = key.length > 64 ? sha256(key) : key;
  const padded = [...block, ...new Array(64 - block.length).fill(0)];
  const inner = sha256([...padded.map(byte => byte ^ 0x36), ...message]);
  return sha256([...padded.map(byte => byte ^ 0x5c), ...inner]);
}
