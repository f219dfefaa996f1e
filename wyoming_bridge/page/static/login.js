// The login: proves that the user knows the access token, without sending the token.

import {byId, show} from "./dom.js";
import {hex, hmac, utf8} from "./sha256.js";

const VERSION = 1;

async function post(path, body) {
  const answer = await fetch(path, {method: "POST", body: JSON.stringify({version: VERSION, ...body})});
  if (answer.ok) return answer.status === 204 ? null : answer.json();
  throw new Error((await answer.json()).error);
}

byId("login").addEventListener("submit", async event => {
  event.preventDefault();
  show(byId("problem"), "");
  try {
    const own = hex(crypto.getRandomValues(new Uint8Array(32)));
    const {nonce, id} = await post("login/challenge", {nonce: own});
    const message = [...utf8("wyoming-bridge-access 1 page\n"), ...bytes(own), ...bytes(nonce)];
    await post("login", {id, proof: hex(hmac(utf8(byId("token").value.trim()), message))});
    location.reload();
  } catch (error) {
    show(byId("problem"), error.message);
  }
});

const bytes = digits => digits.match(/../g).map(pair => parseInt(pair, 16));
