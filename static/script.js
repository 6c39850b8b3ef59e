/* Only helps: every page works without this file. No inline handlers and no innerHTML: the CSP has Trusted Types on. */

const one = (selector, within = document) => within.querySelector(selector);
const filled = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);

/* The error summary takes focus; its links lead to the field with the label in view. */
function showErrors() {
  one('[data-error-summary]')?.focus();
  document.addEventListener('click', (event) => {
    const link = event.target.closest('[data-error-summary] a');
    const field = link && document.getElementById(link.hash.slice(1));
    if (!field) return;
    event.preventDefault();
    (field.closest('.field, fieldset') ?? field).scrollIntoView({ block: 'start' });
    field.focus({ preventScroll: true });
  });
}

/* A second press within eight seconds is not a second post. The button stays focusable. */
function sendOnce() {
  document.addEventListener('submit', (event) => {
    const form = event.target;
    if (event.defaultPrevented) return;
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = 'yes';
    setTimeout(() => { delete form.dataset.sent; }, 8000);
    const button = one('button[data-busy]', form);
    if (!button) return;
    button.setAttribute('aria-disabled', 'true');
    button.textContent = button.dataset.busy;
  });
}

/* Show or hide what is typed. With that there is nothing to type twice, so the second field goes. */
function offerToShow(form, input) {
  const button = one('[data-toggle]', form);
  const words = button.dataset;
  one('[data-repeat]', form)?.remove();
  button.hidden = false;
  button.addEventListener('click', () => {
    const shown = input.type === 'password';
    input.type = shown ? 'text' : 'password';
    button.textContent = shown ? words.hide : words.show;
    button.setAttribute('aria-label', shown ? words.hideLabel : words.showLabel);
    one('[data-shown]', form).textContent = shown ? words.shownStatus : words.hiddenStatus;
  });
  form.addEventListener('submit', () => { input.type = 'password'; });  // or browsers keep it as plain form history
  input.addEventListener('keyup', (event) => {
    one('[data-caps]', form).hidden = !event.getModifierState?.('CapsLock');
  });
}

/* As resetapp/core/passwords/spelling.py compares names: lower case, accents gone, æ ø å written in two ways, digits and
   signs also read as letters unless they stand alone. What is refused there must never be ticked off here. */
const fold = (text) => [...text.toLowerCase().normalize('NFC')]
  .map((letter) => ('æøå'.includes(letter) ? letter : [...letter.normalize('NFD')][0])).join('');
const forms = (text) => [{ æ: 'ae', ø: 'oe', å: 'aa' }, { æ: 'ae', ø: 'o', å: 'a' }]
  .map((letters) => fold(text).replace(/[æøå]/g, (letter) => letters[letter]));
const readAs = (text, one) => text.replace(/[1034578@$!€]/g, (sign) => `${one}oeastbasie`['1034578@$!€'.indexOf(sign)]);
function holds(plain, read, part) {
  for (let at = read.indexOf(part); at !== -1; at = read.indexOf(part, at + 1)) {
    if (plain === read || /\p{L}/u.test(plain.slice(at, at + part.length))) return true;
  }
  return false;
}
const names = (text, parts) => forms(text).some((plain) => [plain, readAs(plain, 'i'), readAs(plain, 'l')]
  .some((read) => parts.some((part) => holds(plain, read, part))));

/* As resetapp/core/passwords/characters.py counts Active Directory's kinds of characters. */
const KINDS = [/[0-9]/, /[~!@#$%^&*_+=`|\\(){}[\]:;"'<>,.?/-]/, /\p{Lu}/u, /\p{Ll}/u, /[\p{Lt}\p{Lm}\p{Lo}]/u];
const kinds = (text) => KINDS.filter((kind) => kind.test(text)).length;

function checksFor(policy) {
  return {
    min: (text) => [...text].length >= policy.min,
    max: (text) => [...text].length <= policy.max,
    kinds: (text) => kinds(text) >= policy.kinds,
    name: (text) => !names(text, policy.names),
    ascii: (text) => /^[ -~]*$/.test(text),
  };
}

/* Rules are ticked off while typing: shape, colour and a hidden word; one polite line when the typing rests. */
function tickRules(form, input) {
  const checks = checksFor(JSON.parse(form.dataset.policy));
  const items = [...form.querySelectorAll('[data-rule]')].filter((item) => item.dataset.rule in checks);
  const status = one('[data-met]', form);
  let timer;
  const update = () => {
    const text = input.value;
    for (const item of items) {
      const met = text !== '' && checks[item.dataset.rule](text);
      item.classList.toggle('met', met);
      one('.unseen', item).textContent = text === '' ? '' : `: ${met ? status.dataset.ok : status.dataset.missing}`;
    }
    clearTimeout(timer);
    timer = setTimeout(() => {
      const ok = items.filter((item) => item.classList.contains('met')).length;
      status.textContent = text === '' ? '' : filled(status.dataset.text, { ok, total: items.length });
    }, 900);
  };
  for (const item of items) item.classList.add('ready');
  input.addEventListener('input', update);
  update();
}

/* A suggestion fills the field and is shown there: it stands on the page anyway. */
function offerSuggestions(form, input) {
  for (const button of form.querySelectorAll('[data-use]')) {
    button.hidden = false;
    button.addEventListener('click', () => {
      input.value = button.previousElementSibling.textContent;
      input.dispatchEvent(new Event('input'));
      if (input.type === 'password') one('[data-toggle]', form).click();
      const status = one('[data-used]', form);
      status.textContent = status.dataset.text;
      input.closest('.field').scrollIntoView({ block: 'start' });
      input.focus({ preventScroll: true });
    });
  }
}

/* "2 minutter", "1 minut", "40 sekunder": in steps, or a screen reader would never rest. */
function timeLeft(milliseconds, words) {
  if (milliseconds <= 50000) return filled(words.seconds, { n: Math.max(10, Math.ceil(milliseconds / 10000) * 10) });
  const minutes = Math.ceil(milliseconds / 60000);
  return minutes > 1 ? filled(words.minutes, { n: minutes }) : words.minute;
}

/* Warns before the server's own limit and keeps what is typed: staying is a fetch, not a new page. */
function watchSession(dialog) {
  const words = dialog.dataset;
  const warnAt = Number(words.warn) * 1000;
  const form = one('[data-stay]', dialog);
  let end = Date.now() + Number(words.left) * 1000;
  let last = false;    // the login's absolute limit is near: nothing can be extended any more
  let quiet = false;   // ... and the person has been told

  const tick = () => {
    const left = end - Date.now();
    if (left <= -1000) { location.replace(location.pathname); return; }  // the server says what has happened
    if (left <= warnAt && !quiet) {
      one('[role=timer]', dialog).textContent = timeLeft(left, words);
      if (!dialog.open) dialog.showModal();
    }
    setTimeout(tick, left > warnAt ? Math.min(left - warnAt, 30000) : 1000);
  };

  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    if (last) { quiet = true; dialog.close(); return; }
    const seconds = await stay(form);
    if (seconds === undefined) return;  // no network: the dialog stays, and so does what is typed
    if (seconds === null) { location.replace(location.pathname); return; }
    end = Date.now() + seconds * 1000;
    if (seconds * 1000 > warnAt) { dialog.close(); return; }
    last = true;
    one('#session-body', dialog).textContent = words.final;
    one('button', form).textContent = words.close;
  });
  dialog.addEventListener('cancel', (event) => { event.preventDefault(); form.requestSubmit(); });  // Escape: I am here
  document.addEventListener('visibilitychange', () => { if (!document.hidden && end < Date.now()) tick(); });
  tick();
}

/* The seconds that the login has left now: null when it is over, undefined when the server was not reached. */
async function stay(form) {
  const body = new URLSearchParams(new FormData(form));
  const answer = await fetch(form.action, { method: 'POST', body }).catch(() => undefined);
  if (!answer) return undefined;
  const told = await answer.text().catch(() => '');
  return answer.ok && /^[0-9]+$/.test(told) ? Number(told) : null;
}

/* "We are saving", "we do not know yet": ask quietly until there is something new to show. */
function awaitResult(root) {
  const milliseconds = Number(root.dataset.every) * 1000;
  const asItWas = `data-wait="${root.dataset.wait}"`;
  const ask = async () => {
    const answer = await fetch(location.pathname, { cache: 'no-store' }).catch(() => null);
    const waiting = answer === null || (answer.ok && (await answer.text()).includes(asItWas));
    if (waiting) setTimeout(ask, milliseconds); else location.replace(location.pathname);
  };
  setTimeout(ask, milliseconds);
}

addEventListener('pageshow', (event) => { if (event.persisted) location.replace(location.href); });  // never an old form
showErrors();
const form = one('form[data-password]');
if (form) {
  const input = one('#password', form);
  offerToShow(form, input);
  tickRules(form, input);
  offerSuggestions(form, input);
}
const dialog = one('dialog[data-session]');
if (dialog) watchSession(dialog);
const wait = one('[data-wait]');
if (wait) awaitResult(wait);
sendOnce();
