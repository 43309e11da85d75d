// Completes what is typed into a search box and notes the time zone of who subscribes; all works without.
"use strict";
// Issues may come at an hour of the reader's own day.
for (const field of document.querySelectorAll("input[data-zone]")) {
  field.value = Intl.DateTimeFormat().resolvedOptions().timeZone || "";
}
for (const box of document.querySelectorAll("input[data-suggest]")) {
  const form = box.form;
  const list = document.createElement("ul");
  let last = "", timer = 0, asked = null, chosen = -1;
  list.id = "suggestions";
  list.className = "suggestions";
  list.hidden = true;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", box.dataset.suggest);
  box.parentElement.append(list);
  box.setAttribute("role", "combobox");
  box.setAttribute("aria-autocomplete", "list");
  box.setAttribute("aria-controls", list.id);

  const close = () => show([]);

  function show(choices) {
    choose(-1);
    list.replaceChildren(...choices.map((choice, place) => {
      const item = document.createElement("li");
      item.id = "suggestion-" + place;
      item.setAttribute("role", "option");
      item.setAttribute("aria-selected", "false");
      item.textContent = choice.label;
      item.dataset.value = choice.value;
      return item;
    }));
    list.hidden = !choices.length;
    box.setAttribute("aria-expanded", String(!list.hidden));
  }

  function choose(place) {
    list.children[chosen]?.setAttribute("aria-selected", "false");
    chosen = place;
    const item = list.children[place];
    if (item) {
      item.setAttribute("aria-selected", "true");
      item.scrollIntoView({ block: "nearest" });
      box.setAttribute("aria-activedescendant", item.id);
    } else {
      box.removeAttribute("aria-activedescendant");
    }
  }

  function take(item) {
    box.value = last = item.dataset.value;
    close();
    form.requestSubmit();
  }

  async function ask() {
    const typed = box.value.trim();
    if (typed === last) return;
    last = typed;
    asked?.abort();
    if (!typed) return close();
    asked = new AbortController();
    const language = form.elements.lang?.value ?? "";
    try {
      const answer = await fetch("/suggest?" + new URLSearchParams({ q: typed, lang: language }), { signal: asked.signal });
      if (answer.ok && document.activeElement === box) show(await answer.json());
    } catch { /* Offline, or something newer was typed. */ }
  }

  box.addEventListener("input", (event) => {
    if (event.isComposing) return; // Chinese is still being spelt
    clearTimeout(timer);
    timer = setTimeout(ask, 120);
  });
  box.addEventListener("compositionend", ask);
  box.addEventListener("blur", close);
  box.addEventListener("keydown", (event) => {
    if (event.isComposing || list.hidden) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      const count = list.children.length + 1; // one place is the box itself
      choose((chosen + 1 + step + count) % count - 1);
    } else if (event.key === "Escape") {
      close();
    } else if (event.key === "Enter" && chosen >= 0) {
      take(list.children[chosen]);
    } else {
      return;
    }
    event.preventDefault();
  });
  list.addEventListener("pointerdown", (event) => event.preventDefault()); // the box keeps the focus
  list.addEventListener("click", (event) => {
    const item = event.target.closest("li");
    if (item) take(item);
  });
}
