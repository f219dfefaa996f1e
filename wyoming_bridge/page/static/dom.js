// Helpers for elements, requests and the live connection. All URLs are relative to the page,
// because Home Assistant's ingress serves the page below another path.

export const byId = id => document.getElementById(id);

/** Create an element. Strings become text nodes, so that a transcript is never read as markup. */
export function element(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children.filter(child => child !== null));
  return made;
}

/** Set an element's text, and hide the element if it is empty. An unchanged text is not set again,
    because screen readers would repeat it. */
export function show(target, text) {
  if (target.textContent !== text) target.textContent = text;
  target.hidden = text === "";
}

/** Send a request, and return the JSON of the answer. Throw an `Error` with the bridge's text. */
export async function request(path, {method = "GET", body} = {}) {
  const answer = await fetch(path, {method, body: body && JSON.stringify(body)});
  if (answer.status === 401) location.reload();  // the login has expired
  const content = answer.status === 204 ? null : await answer.json();
  if (!answer.ok) throw new Error(content.error);
  return content;
}

export function openSocket(path) {
  const url = new URL(path, document.baseURI);
  url.protocol = url.protocol.replace("http", "ws");
  return new WebSocket(url);
}

/** Call `onMessage` with each live message of the bridge. Connect again after a lost connection. */
export function follow(onMessage) {
  let wait = 500;
  const connect = () => {
    const socket = openSocket("live");
    socket.onopen = () => { wait = 500; show(byId("connection"), ""); };
    socket.onmessage = event => onMessage(JSON.parse(event.data));
    socket.onclose = () => {
      show(byId("connection"), "Not connected to the bridge. Trying again …");
      setTimeout(connect, wait);
      wait = Math.min(2 * wait, 10000);
      // If the login has expired, the websocket does not say so, but this request reloads the page.
      request("recordings").catch(() => {});
    };
  };
  connect();
}
