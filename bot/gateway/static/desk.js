// The care desk works without this file. With it, pages that are open stay up to date, clocks run, and keys work.
'use strict';

(() => {
  const page = document.body.dataset;
  const byId = (id) => document.getElementById(id);
  const kept = (storage, name, value) => {
    // Browsers may forbid storage altogether.
    try {
      if (value === undefined) return storage.getItem(name);
      storage.setItem(name, value);
    } catch {}
    return null;
  };

  // --- clocks: the same words as bot/gateway/desk/clock.py, by the server's time

  let serverTime = Date.parse(page.now || '') || Date.now();
  let readAt = performance.now();
  const span = (milliseconds) => {
    let minutes = Math.floor(Math.abs(milliseconds) / 60000);
    if (minutes < 1) return 'less than a minute';
    if (minutes < 60) return `${minutes} min`;
    let hours = Math.floor(minutes / 60);
    minutes %= 60;
    if (hours < 24) return `${hours} h ${String(minutes).padStart(2, '0')} min`;
    const days = Math.floor(hours / 24);
    return `${days} ${days === 1 ? 'day' : 'days'} ${hours % 24} h`;
  };
  const tick = () => {
    const now = serverTime + performance.now() - readAt;
    for (const clock of document.querySelectorAll('[data-clock]')) {
      const apart = Date.parse(clock.dateTime) - now;
      let words = `${span(apart)} ago`;
      if (clock.dataset.clock === 'left') {
        words = apart < 0 ? `overdue by ${span(apart)}` : `${span(apart)} left`;
        clock.closest('.clock')?.classList.toggle('overdue', apart < 0);
      }
      if (clock.textContent !== words) clock.textContent = words;
    }
  };
  setInterval(tick, 5000);

  // Other times in this browser's own zone; the server's words, in UTC, stay as the title.
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const dayOf = (at) => at.toLocaleDateString('en-GB', { day: 'numeric', month: 'short', year: 'numeric' });
  const ownTimes = () => {
    const now = new Date(serverTime + performance.now() - readAt);
    const yesterday = new Date(now.getTime() - 864e5);
    for (const time of document.querySelectorAll('main time:not([data-clock])')) {
      const at = new Date(time.dateTime);
      if (Number.isNaN(at.getTime())) continue;
      time.title ||= time.textContent;
      const day = dayOf(at) === dayOf(now) ? 'today' : dayOf(at) === dayOf(yesterday) ? 'yesterday' : dayOf(at);
      const words = `${day}, ${at.toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' })}`;
      if (time.textContent !== words) time.textContent = words;
    }
    for (const note of document.querySelectorAll('[data-zone]')) note.textContent = `Times are in ${zone}.`;
  };
  // On paper there is no today.
  window.addEventListener('beforeprint', () => {
    for (const time of document.querySelectorAll('main time[title]')) time.textContent = time.title;
    for (const note of document.querySelectorAll('[data-zone]')) note.textContent = 'Times are in UTC.';
  });
  window.addEventListener('afterprint', () => { tick(); ownTimes(); });

  // --- news: regions of the page are replaced by the server's; what is typed, chosen, opened and focused stays

  const titleOf = document.title;
  let urgentCount = 0;
  let refreshing = false;
  let again = false;
  let composing = false;
  document.addEventListener('compositionstart', () => { composing = true; });
  document.addEventListener('compositionend', () => { composing = false; if (again) refresh(); });

  const announce = (words, id = 'announce') => {
    const region = byId(id);
    region.textContent = '';
    setTimeout(() => { region.textContent = words; }, 50);
  };

  // What differs only by a token, a clock or an opened part is the same.
  const gist = (region) => {
    const copy = region.cloneNode(true);
    for (const one of copy.querySelectorAll('[name=csrf], [name=seen]')) one.removeAttribute('value');
    for (const one of copy.querySelectorAll('time')) one.replaceWith(one.dateTime);
    for (const one of copy.querySelectorAll('.clock')) one.classList.remove('overdue');
    for (const one of copy.querySelectorAll('details')) one.removeAttribute('open');
    for (const one of copy.querySelectorAll('textarea')) one.textContent = '';
    for (const one of copy.querySelectorAll('[checked]')) one.removeAttribute('checked');
    for (const one of copy.querySelectorAll('[disabled]')) one.removeAttribute('disabled');
    return copy.innerHTML;
  };
  const fields = (region) => [...region.querySelectorAll('textarea, input:not([type=hidden]), select')];
  const touched = (field) =>
    field.type === 'checkbox' || field.type === 'radio' ? field.checked : field.value !== '';

  const replace = (old, fresh) => {
    const typed = fields(old).filter((field) => field.id && touched(field));
    const focused = old.contains(document.activeElement) ? document.activeElement : null;
    const newOf = (element) => (element.id ? fresh.querySelector(`[id="${CSS.escape(element.id)}"]`) : null);
    // Nothing that somebody has typed goes from under their hands.
    if (typed.some((field) => !newOf(field))) return false;
    for (const field of typed) {
      newOf(field).value = field.value;
      if (field.checked !== undefined) newOf(field).checked = field.checked;
    }
    for (const part of old.querySelectorAll('details[id]')) {
      const twin = newOf(part);
      if (twin) twin.open = part.open;
    }
    const selection = focused && 'selectionStart' in focused ? [focused.selectionStart, focused.selectionEnd] : null;
    const target = focused && newOf(focused);
    old.replaceChildren(...fresh.childNodes);
    if (target) {
      target.focus({ preventScroll: true });
      if (selection && selection[0] !== null) target.setSelectionRange(...selection);
    } else if (focused) {
      // What was focused is gone: stay near.
      old.tabIndex = -1;
      old.focus({ preventScroll: true });
    }
    return true;
  };

  // What one is at, or else the first thing in view, stays where it is, whatever is put in above it.
  const inView = (one) => {
    const box = one.getBoundingClientRect();
    return box.bottom > 0 && box.top < window.innerHeight;
  };
  const anchored = (change) => {
    const places = document.querySelectorAll('.row [id], .transcript li[id], .talk .card[id], main > section h2[id]');
    const anchor = [document.activeElement, ...places].find((one) => one?.id && one.id !== 'main' && inView(one));
    const top = anchor?.getBoundingClientRect().top;
    change();
    const twin = anchor && byId(anchor.id);
    if (twin && window.scrollY > 0) window.scrollBy(0, twin.getBoundingClientRect().top - top);
  };

  const take = (fresh) => {
    serverTime = Date.parse(fresh.body.dataset.now) || serverTime;
    readAt = performance.now();
    page.latest = fresh.body.dataset.latest;
    const news = [];
    anchored(() => {
      for (const region of fresh.querySelectorAll('[data-region]')) {
        const old = byId(region.id);
        if (!old) continue;
        const isNew = gist(old) !== gist(region);
        const words = region.dataset.news;
        // The head says how the case stands: only another state is news.
        if (words && (old.id === 'head' ? words !== old.dataset.news : isNew)) news.push(words);
        if (words) old.dataset.news = words;
        if (isNew && !replace(old, region)) announce('This case has changed. What you typed is still here.', 'alarm');
      }
      for (const name of ['seen', 'csrf']) {
        const value = fresh.querySelector(`main [name=${name}], .signed-in [name=${name}]`)?.value;
        if (value) for (const field of document.querySelectorAll(`[name=${name}]`)) field.value = value;
      }
    });
    if (news.length) announce(news.join(' '));
    tick();
    ownTimes();
  };

  const signedOut = (out) => {
    const dialog = byId('signed-out');
    document.body.classList.toggle('hidden', out);
    if (out && !dialog.open) dialog.showModal();
    if (!out && dialog.open) dialog.close();
  };

  async function refresh() {
    if (!page.live) return;
    if (refreshing || composing) { again = true; return; }
    refreshing = true;
    again = false;
    try {
      const response = await fetch(page.live, { credentials: 'same-origin', cache: 'no-store' });
      if (response.redirected && new URL(response.url).pathname !== page.live.split('?')[0]) {
        if (new URL(response.url).pathname.startsWith('/desk/s')) signedOut(true);
        else location.assign(response.url);
      } else if (response.ok) {
        signedOut(false);
        take(new DOMParser().parseFromString(await response.text(), 'text/html'));
      }
    } catch {} // no connection: the stream tells when there is one again
    refreshing = false;
    if (again) setTimeout(refresh, 200);
  }
  byId('signed-out')?.addEventListener('cancel', (event) => event.preventDefault());
  document.querySelector('[data-back]')?.addEventListener('click', refresh);

  // --- the stream: one for all tabs of a browser, held by whoever has the lock

  const SILENCE = 40000;
  const tabs = 'BroadcastChannel' in window ? new BroadcastChannel('care desk') : null;
  let heardAt = Date.now();
  let source = null;

  const hear = (news) => {
    heardAt = Date.now();
    if (news.kind === 'changed') {
      const mine = page.page === 'list' || news.cases === null || news.cases.includes(page.case);
      if (mine) refresh();
    } else if (news.kind === 'urgent') {
      urgentCount += 1;
      showTitle();
      announce(`New urgent case ${news.reference}: ${news.concern}.`, 'alarm');
    }
  };
  const showTitle = () => {
    document.title = urgentCount ? `(${urgentCount} new urgent) ${titleOf}` : titleOf;
  };
  const looked = () => {
    if (document.visibilityState === 'visible' && document.hasFocus() && urgentCount) {
      urgentCount = 0;
      setTimeout(showTitle, 3000);
    }
  };
  window.addEventListener('focus', looked);
  for (const kind of ['keydown', 'pointerdown']) document.addEventListener(kind, looked);

  const listen = () =>
    new Promise((over) => {
      const tell = (news) => { hear(news); tabs?.postMessage(news); };
      const open = () => {
        source = new EventSource(`/desk/events?after=${page.latest || 0}`);
        for (const kind of ['changed', 'urgent', 'beat']) {
          source.addEventListener(kind, (event) => tell({ kind, ...JSON.parse(event.data) }));
        }
        // The browser connects again by itself, unless it was refused: then the sign-in is over, or the server not up.
        source.addEventListener('error', () => {
          if (source.readyState !== EventSource.CLOSED) return;
          refresh();
          setTimeout(open, 10000);
        });
      };
      open();
      window.addEventListener('pagehide', () => { source.close(); over(); }, { once: true });
    });

  const follow = (options = {}) => {
    if (!navigator.locks) return void listen();
    // Refused when another tab has taken the lock away: wait for one's turn again.
    navigator.locks.request('care desk stream', options, listen).catch(() => {
      source?.close();
      follow();
    });
  };
  if (page.live) {
    tabs?.addEventListener('message', (event) => hear(event.data));
    follow();
    // A tab that hears nothing looks by itself, and takes the stream from one that is frozen.
    setInterval(() => {
      if (Date.now() - heardAt < SILENCE) return;
      heardAt = Date.now();
      refresh();
      follow({ steal: true });
    }, 5000);
    window.addEventListener('pageshow', (event) => { if (event.persisted) location.reload(); });
  }

  // --- forms

  document.addEventListener('submit', (event) => {
    const button = event.submitter;
    // A second press of the same button must not do it twice; not yet, or the button's form would not be sent.
    if (event.target.method === 'post' && button) setTimeout(() => { button.disabled = true; });
  });
  document.addEventListener('keydown', (event) => {
    const field = event.target;
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey) && field.matches?.('[data-send]')) {
      event.preventDefault();
      field.form.requestSubmit(field.form.querySelector('button'));
    }
  });

  // --- single keys: off while typing, off for good where somebody wants it so

  const dialog = byId('keys');
  const on = byId('keys-on');
  const opener = document.querySelector('[data-keys]');
  if (dialog && on) {
    on.checked = kept(localStorage, 'desk keys') !== 'off';
    on.addEventListener('change', () => kept(localStorage, 'desk keys', on.checked ? 'on' : 'off'));
    if (opener) {
      opener.hidden = false;
      opener.addEventListener('click', () => dialog.showModal());
    }
  }
  const rows = () => [...document.querySelectorAll('[data-row]')];
  const step = (by) => {
    const all = rows();
    const at = all.findIndex((row) => row === document.activeElement);
    const next = at < 0 ? (by > 0 ? 0 : all.length - 1) : Math.min(Math.max(at + by, 0), all.length - 1);
    all[next]?.focus();
  };
  const press = (key) => {
    const target = document.querySelector(`[data-key="${key}"]`);
    if (target?.matches('button')) target.click();
    else target?.focus();
  };
  const keys = {
    '?': () => dialog?.showModal(),
    '/': () => byId('q')?.focus(),
    j: () => step(1),
    k: () => step(-1),
    a: () => press('a'),
    c: () => press('c'),
    r: () => press('r'),
    n: () => byId('note')?.focus(),
    u: () => byId('to-list')?.click(),
  };
  document.addEventListener('keydown', (event) => {
    const typing = event.target.closest?.('input, textarea, select, [contenteditable]');
    if (typing || event.ctrlKey || event.metaKey || event.altKey || event.repeat || !on?.checked) return;
    if (document.querySelector('dialog[open]')) return;
    const inRow = event.target.matches?.('[data-row]');
    const does = (event.key === 'ArrowDown' && inRow && keys.j) || (event.key === 'ArrowUp' && inRow && keys.k) || keys[event.key];
    if (!does) return;
    event.preventDefault();
    does();
  });

  // --- small things

  if (page.page === 'list') kept(sessionStorage, 'desk list', location.pathname + location.search);
  const back = kept(sessionStorage, 'desk list');
  if (page.page === 'case' && back?.startsWith('/desk')) {
    document.addEventListener('click', (event) => {
      const link = event.target.closest?.('[data-list]');
      if (link) link.href = back;
    });
  }
  // Folded messages open when a link leads into them.
  const unfold = () => {
    const target = location.hash.length > 1 && byId(location.hash.slice(1));
    const folded = target && target.closest('details');
    if (folded) { folded.open = true; target.scrollIntoView(); }
  };
  window.addEventListener('hashchange', unfold);
  unfold();
  tick();
  ownTimes();
})();
