// Keeps a page up to date while it is visible, and copies statements. Pages work without it.
"use strict";
(() => {
  const EVERY = 15000;
  const main = () => document.getElementById("content");
  const pause = document.getElementById("pause");
  let paused = sessionStorage.getItem("paused") === "1";
  let failures = 0;

  function label() {
    pause.textContent = paused ? "Resume updates" : "Pause updates";
  }

  // A page on which the user works is not replaced: a form that is filled in, text that is selected.
  function busy() {
    const active = document.activeElement;
    const typing = active && active.matches("input:not([type=hidden]), select, textarea");
    const selection = String(document.getSelection()) !== "";
    const filled = [...document.querySelectorAll("main input:not([type=hidden])")].some((one) => one.value !== one.defaultValue);
    const chosen = [...document.querySelectorAll("main select")].some((one) =>
      one.selectedIndex !== Math.max(0, [...one.options].findIndex((option) => option.defaultSelected)));
    return typing || selection || filled || chosen;
  }

  // The elements that the user opened stay open, and the focus stays where it was.
  function replace(next) {
    const old = main();
    const key = (one) => one.querySelector("summary").textContent.replace(/\d+/g, "");
    const open = new Set([...old.querySelectorAll("details[open]")].map(key));
    const places = [...old.querySelectorAll("a[href], button, summary")];
    const place = places.indexOf(document.activeElement);
    next.querySelectorAll("details").forEach((one) => { if (open.has(key(one))) one.open = true; });
    old.replaceWith(next);
    prepare();
    const now = [...next.querySelectorAll("a[href], button, summary")];
    if (place >= 0 && now[place] && now[place].textContent === places[place].textContent) now[place].focus({ preventScroll: true });
  }

  async function update() {
    if (paused || document.hidden || busy()) return;
    try {
      const address = new URL(location.href);
      address.searchParams.delete("notice");
      const answer = await fetch(address, { headers: { Accept: "text/html" }, redirect: "error" });
      if (!answer.ok) throw new Error(String(answer.status));
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const next = page.getElementById("content");
      const status = page.querySelector("header .status span");
      if (!next || busy()) return;
      failures = 0;
      if (next.innerHTML !== main().innerHTML) replace(document.importNode(next, true));
      document.title = page.title;
      document.querySelector("header .status span").replaceWith(document.importNode(status, true));
      document.body.classList.remove("lost");
    } catch {
      failures += 1;
      if (failures >= 2) document.body.classList.add("lost");
    }
  }

  function prepare() {
    document.querySelectorAll("pre.copy").forEach((one) => {
      if (one.querySelector("button") || !navigator.clipboard) return;
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = "Copy";
      button.addEventListener("click", async () => {
        await navigator.clipboard.writeText(one.querySelector("code").textContent);
        button.textContent = "Copied";
      });
      one.append(button);
    });
  }

  pause.hidden = false;
  label();
  pause.addEventListener("click", () => {
    paused = !paused;
    sessionStorage.setItem("paused", paused ? "1" : "0");
    label();
    update();
  });
  document.addEventListener("visibilitychange", update);
  setInterval(update, EVERY);
  // An address with the result of an order is not kept: a reload would show it again.
  if (location.search.includes("notice=")) {
    const address = new URL(location.href);
    address.searchParams.delete("notice");
    history.replaceState(null, "", address);
  }
  prepare();
})();
