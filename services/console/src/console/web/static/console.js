"use strict";

// The pages work without this file. With it the list keeps itself up to date, a selection says what
// its button will do, and times are shown in the reader's own zone.

(() => {
  const INTERVAL_MS = 1500;
  const SLOWEST_MS = 15000;
  const ANNOUNCE_EVERY_MS = 10000;

  const live = document.querySelector("[data-live]");
  const pulse = document.querySelector("[data-pulse]");
  const announcer = document.querySelector("[data-announce]");
  const picked = new Set();
  let allMatching = false;
  let tag = live ? live.dataset.tag : "";
  let delay = INTERVAL_MS;
  let announcedAt = 0;

  const zoned = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });

  function showLocalTimes(root) {
    for (const time of root.querySelectorAll("time[datetime]")) {
      time.textContent = zoned.format(new Date(time.dateTime));
    }
  }

  function announce(text, always) {
    const now = performance.now();
    if (always || now - announcedAt > ANNOUNCE_EVERY_MS) {
      announcer.textContent = text;
      announcedAt = now;
    }
  }

  // Selection: kept by order while the list is replaced under it.

  const boxes = () => [...document.querySelectorAll("input[name=pick]")];

  function showSelection() {
    const form = document.querySelector("[data-sync-form]");
    if (!form) return;
    const free = boxes().filter((box) => !box.disabled);
    const count = picked.size;
    const matching = form.dataset.matching;
    const all = form.querySelector("[data-pick-all]");
    const button = form.querySelector("[data-sync-selected]");
    const offer = form.querySelector("[data-all-matching]");
    for (const box of free) box.checked = allMatching || picked.has(box.value);
    if (all) {
      all.hidden = false;
      all.disabled = free.length === 0;
      all.checked = free.length > 0 && free.every((box) => box.checked);
      all.indeterminate = !all.checked && free.some((box) => box.checked);
    }
    form.querySelector("[data-bulk]").classList.toggle("on", count > 0 || allMatching);
    offer.hidden = !(allMatching || (free.length > 0 && count >= free.length));
    offer.querySelector("input").checked = allMatching;
    button.hidden = count === 0 && !allMatching;
    button.textContent = allMatching
      ? `Sync all ${matching} matching`
      : `Sync ${count} ${count === 1 ? "order" : "orders"}`;
    form.querySelector("[data-bulk-text]").textContent =
      count > 0 && !allMatching ? `${count} selected` : `${matching} ${matching === "1" ? "order" : "orders"}`;
  }

  function onChange(event) {
    const box = event.target;
    if (box.name === "pick") {
      picked[box.checked ? "add" : "delete"](box.value);
      allMatching = false;
    } else if (box.matches("[data-pick-all]")) {
      for (const one of boxes()) {
        if (!one.disabled) picked[box.checked ? "add" : "delete"](one.value);
      }
      allMatching = false;
    } else if (box.name === "all_matching") {
      allMatching = box.checked;
    } else if (box.name === "automatic_sync") {
      showWhatSavingDoes(box);
      return;
    } else {
      return;
    }
    showSelection();
    announce(`Selected: ${picked.size}`, true);
  }

  function onSubmit(event) {
    const form = event.target;
    if (form.matches("[data-filters]")) {
      for (const field of form.elements) if (field.name && field.value === "") field.disabled = true;
      return;
    }
    if (form.matches("[data-sync-form]") && event.submitter && event.submitter.name === "one") {
      const all = form.querySelector("input[name=all_matching]");
      if (all) all.checked = false;
    }
  }

  function showWhatSavingDoes(box) {
    const form = box.form;
    const waiting = Number(form.dataset.waiting);
    const switchedOn = box.checked && !box.defaultChecked;
    form.querySelector("[data-save]").textContent =
      switchedOn && waiting > 0
        ? `Save and sync ${waiting.toLocaleString()} ${waiting === 1 ? "order" : "orders"}`
        : "Save";
  }

  // Live: a fragment is asked for again and again; the server answers 304 while nothing changed.

  function replace(html) {
    const focused = document.activeElement && live.contains(document.activeElement) ? document.activeElement.id : "";
    const scrolled = live.querySelector(".scroll") ? live.querySelector(".scroll").scrollLeft : 0;
    live.innerHTML = html;
    showLocalTimes(live);
    const there = new Set(boxes().filter((box) => !box.disabled).map((box) => box.value));
    for (const stream of picked) if (!there.has(stream)) picked.delete(stream);
    showSelection();
    if (live.querySelector(".scroll")) live.querySelector(".scroll").scrollLeft = scrolled;
    const again = focused && document.getElementById(focused);
    if (again) again.focus({ preventScroll: true });
    const views = [...live.querySelectorAll(".views a")].map((view) => view.textContent.trim().replace(/\s+/g, " "));
    announce(views.length ? `Updated: ${views.join(", ")}` : "Updated", false);
  }

  async function look() {
    try {
      const answer = await fetch(live.dataset.live, {
        headers: { "If-None-Match": tag },
        cache: "no-store",
      });
      if (answer.status === 200) {
        tag = answer.headers.get("ETag");
        replace(await answer.text());
      } else if (answer.status !== 304) {
        throw new Error(`status ${answer.status}`);
      }
      delay = INTERVAL_MS;
      showPulse(true);
    } catch {
      delay = Math.min(SLOWEST_MS, delay * 2);
      showPulse(false);
    }
  }

  function showPulse(isLive) {
    pulse.hidden = false;
    pulse.classList.toggle("away", !isLive);
    pulse.querySelector("[data-pulse-text]").textContent = isLive ? "Live" : "Not live, trying again";
  }

  async function keepLooking() {
    if (!document.hidden) await look();
    setTimeout(keepLooking, delay);
  }

  document.addEventListener("change", onChange);
  document.addEventListener("submit", onSubmit);
  showLocalTimes(document);
  showSelection();
  if (live) keepLooking();
})();
