// Small helpers: elements, requests, the live connection. All addresses are relative to the page,
// because Home Assistant shows it below a path of its own.

export const byId = id => document.getElementById(id);

/** Create an element. Texts become text nodes, so that nothing that was said can be markup. */
export function element(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children.filter(child => child !== null));
  return made;
}

/** Set an element's text only if it changes: screen readers would say it again. */
export function show(target, text) {
  if (target.textContent !== text) target.textContent = text;
  target.hidden = text === "";
}

/** Send a request, and return the JSON of the answer. The error is that of the bridge. */
export async function request(path, {method = "GET", body} = {}) {
  const answer = await fetch(path, {method, body: body && JSON.stringify(body)});
  if (answer.status === 401) location.reload();  // the login is over
  const content = answer.status === 204 ? null : await answer.json();
  if (!answer.ok) throw new Error(content.error);
  return content;
}

export function openSocket(path) {
  const url = new URL(path, document.baseURI);
  url.protocol = url.protocol.replace("http", "ws");
  return new WebSocket(url);
}

/** Call `onMessage` with everything that happens, from now on and again after a lost connection. */
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
      // A page without a login cannot read why: this request reloads it then.
      request("recordings").catch(() => {});
    };
  };
  connect();
}
