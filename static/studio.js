/* Before Label Studio's own scripts: its settings, our token on its calls, its words in the person's language,
   and, once an answer is in, what the machine had said. */
"use strict";
(() => {
  const setup = JSON.parse(document.getElementById("studio-setup").textContent);
  const base = location.origin + setup.prefix;

  // What Label Studio's page would have told its scripts. The person is read from the server by them.
  window.exports = () => {};
  const lookupHotkey = (name) => (window.DEFAULT_HOTKEYS && window.DEFAULT_HOTKEYS[name]) || null;
  window.APP_SETTINGS = {
    user: { id: 0, username: "", firstName: "", lastName: "", initials: "", email: "", customHotkeys: {} },
    lookupHotkey,
    debug: false,
    polling: false,
    hostname: base,
    version: {},
    sentry_dsn: null,
    editor_keymap: {},
    feature_flags: setup.flags,
    feature_flags_default_value: setup.flagsDefault,
    version_edition: "Community",
    server_id: null,
    collect_analytics: false,
    local_files_serving_enabled: false,
    data_manager: { max_users_to_display: 1 },
    page_title: "NaVAB",
    flags: { allow_organization_webhooks: false, storage_persistence: false },
  };
  localStorage.setItem("preferred-color-scheme", "Light");

  // Its service worker is for files in clouds: we have none, and it would live outside the gateway.
  if ("serviceWorker" in navigator) {
    navigator.serviceWorker.register = () => new Promise(() => {});
  }

  // Its hotkeys take Enter and the space bar away from buttons and links that have the focus.
  window.addEventListener("keydown", (event) => {
    const isPlain = !event.ctrlKey && !event.metaKey && !event.altKey && !event.shiftKey;
    if (isPlain && (event.key === "Enter" || event.key === " ") && event.target.closest("button, a[href]")) {
      event.stopImmediatePropagation();
    }
  }, true);

  const isOurs = (url) => url.origin === location.origin && url.pathname.startsWith(`${setup.prefix}/`);
  const isSafe = (method) => /^(GET|HEAD|OPTIONS)$/.test(method);
  const ask = document.querySelector("[data-ask]");

  function noticed(url, method, status, review) {
    if (review && ask) ask.href = `${ask.dataset.ask}?review=${encodeURIComponent(review)}`;
    if (!isSafe(method) && status >= 400) show([paragraph(setup.texts.failed)], null);
  }

  function answered(url, method, reply) {
    const task = /\/api\/tasks\/(\d+)\/annotations\/?$/.exec(url.pathname);
    if (task && method === "POST" && reply && !reply.was_cancelled) reveal(task[1]);
  }

  const plainFetch = window.fetch.bind(window);
  window.fetch = async (input, init) => {
    const request = input instanceof Request ? input : null;
    const url = new URL(request ? request.url : String(input), location.href);
    const method = String((init && init.method) || (request && request.method) || "GET").toUpperCase();
    if (!isOurs(url)) return plainFetch(input, init);
    let options = init;
    if (!isSafe(method)) {
      const headers = new Headers((init && init.headers) || (request && request.headers) || {});
      headers.set("X-CSRFToken", setup.csrf);
      options = { ...init, headers };
    }
    const response = await plainFetch(input, options);
    noticed(url, method, response.status, response.headers.get("X-Navab-Review"));
    if (response.ok && method === "POST") {
      response.clone().json().then((reply) => answered(url, method, reply), () => {});
    }
    return response;
  };

  const { open, send } = XMLHttpRequest.prototype;
  const calls = new WeakMap();
  XMLHttpRequest.prototype.open = function (method, address, ...rest) {
    calls.set(this, { method: String(method).toUpperCase(), url: new URL(String(address), location.href) });
    return open.call(this, method, address, ...rest);
  };
  XMLHttpRequest.prototype.send = function (body) {
    const { method, url } = calls.get(this);
    if (isOurs(url)) {
      if (!isSafe(method)) this.setRequestHeader("X-CSRFToken", setup.csrf);
      this.addEventListener("load", () => {
        noticed(url, method, this.status, this.getResponseHeader("X-Navab-Review"));
        if (this.status < 300 && method === "POST" && this.responseType === "") {
          try { answered(url, method, JSON.parse(this.responseText)); } catch { /* no JSON, no answer */ }
        }
      });
    }
    return send.call(this, body);
  };

  // The reveal. The vote is fetched a moment after it was given, so the first tries may find nothing.
  const panel = document.querySelector(".studio-reveal");
  let asked = 0;

  async function reveal(task) {
    if (!setup.reveal) return;
    const turn = ++asked;
    const address = setup.reveal.replace(/0\/?$/, `${task}/`);
    for (const wait of [400, 800, 1600, 3200]) {
      await new Promise((done) => setTimeout(done, wait));
      if (turn !== asked) return;
      const response = await plainFetch(address, { headers: { Accept: "application/json" } });
      if (response.status === 200) {
        show(verdict(await response.json()), task);
        return;
      }
    }
  }

  function element(name, text, properties = {}) {
    return Object.assign(document.createElement(name), { textContent: text }, properties);
  }

  function paragraph(text) {
    return element("p", text);
  }

  function verdict(found) {
    const texts = setup.texts;
    const list = element("dl", "");
    const share = typeof found.confidence === "number" ? ` (${texts.confidence} ${Math.round(found.confidence * 100)} %)` : "";
    list.append(
      element("dt", texts.own), element("dd", found.own_text || found.own || "–"),
      element("dt", texts.machine), element("dd", (found.text || found.label || "–") + share),
    );
    const parts = [list, paragraph(found.agrees ? texts.agrees : texts.differs)];
    if (found.note) parts.push(paragraph(found.note));
    return parts;
  }

  function show(parts, task) {
    const actions = element("p", "", { className: "studio-actions" });
    if (task) {
      const address = `${setup.prefix}/projects/${setup.project}/data?task=${task}`;
      actions.append(element("a", setup.texts.change, { href: address }));
    }
    actions.append(element("button", setup.texts.ok, { type: "button", onclick: () => panel.replaceChildren() }));
    panel.replaceChildren(...parts, actions);
  }

  // Words: whole texts and names only, as they appear.
  const attributes = ["aria-label", "title", "placeholder"];

  function translate(node) {
    if (node.nodeType === Node.TEXT_NODE) {
      const word = setup.words[node.data.trim()];
      if (word && word !== node.data) node.data = word;
    } else if (node.nodeType === Node.ELEMENT_NODE) {
      for (const name of attributes) {
        const word = setup.words[node.getAttribute(name)];
        if (word && word !== node.getAttribute(name)) node.setAttribute(name, word);
      }
      node.childNodes.forEach(translate);
    }
  }

  new MutationObserver((changes) => {
    for (const change of changes) {
      if (change.type === "childList") change.addedNodes.forEach(translate);
      else translate(change.target);
    }
  }).observe(document.body, { subtree: true, childList: true, characterData: true, attributes: true, attributeFilter: attributes });
})();
