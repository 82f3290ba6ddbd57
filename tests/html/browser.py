#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What does a real browser say of an HTML report?

browser.py CHROMIUM FILE...     checks; one line for each fault, exits 1 if there is any
browser.py --shoot FOLDER CHROMIUM FILE...     pictures instead, to look at

Chromium is driven over a pipe (DevTools protocol, NUL-terminated JSON on descriptors 3
and 4), so that nothing listens and nothing has to be installed besides it.
"""
import base64
import json
import os
import pathlib
import select
import subprocess
import sys
import tempfile
import time

WIDTHS = (400, 800, 1400)
SHEET = 1500  # pixels of a page in one picture
PATIENCE = 60  # seconds for one answer

# Everything that must hold of the page itself, however wide it is.
CHECKS = r"""
(() => {
  const faults = [];
  const fault = (what, element) => faults.push(
      what + ': ' + (element ? element.outerHTML.slice(0, 120) : ''));
  const shown = element => element.getClientRects().length > 0;
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth > width)
    faults.push('the page is ' + document.documentElement.scrollWidth + ' wide in ' + width);
  const room = document.body.getBoundingClientRect().right -
      parseFloat(getComputedStyle(document.body).paddingRight);
  for (const element of document.querySelectorAll('body *')) {
    const box = element.getBoundingClientRect();
    if (shown(element) && box.right > room + 1 && !element.closest('.scroll, svg, pre') &&
        getComputedStyle(element).position !== 'absolute')
      fault('reaches beyond the page', element);
  }
  if (!document.documentElement.lang) faults.push('no language');
  if (!document.title) faults.push('no title');
  for (const name of ['main', 'body > header', 'h1'])
    if (document.querySelectorAll(name).length !== 1) faults.push('not one ' + name);
  if (document.querySelectorAll('nav').length > 1) faults.push('more than one nav');
  let level = 0;
  for (const heading of document.querySelectorAll('h1, h2, h3, h4, h5, h6')) {
    const own = Number(heading.tagName[1]);
    if (own > level + 1) fault('heading level is skipped', heading);
    if (!heading.textContent.trim()) fault('empty heading', heading);
    level = own;
  }
  const seen = new Set();
  for (const element of document.querySelectorAll('[id]')) {
    if (seen.has(element.id)) fault('identity used twice', element);
    seen.add(element.id);
  }
  for (const attribute of ['aria-labelledby', 'aria-describedby'])
    for (const element of document.querySelectorAll('[' + attribute + ']'))
      for (const id of element.getAttribute(attribute).split(' '))
        if (!document.getElementById(id) || !document.getElementById(id).textContent.trim())
          fault('label is not there', element);
  for (const link of document.querySelectorAll('a')) {
    const to = link.getAttribute('href') || '';
    if (!to.startsWith('#') || !document.getElementById(to.slice(1))) fault('link to nowhere', link);
    if (!link.textContent.trim()) fault('link without a name', link);
  }
  for (const svg of document.querySelectorAll('svg'))
    if (svg.getAttribute('aria-hidden') !== 'true' &&
        !(svg.getAttribute('role') === 'img' &&
          (svg.getAttribute('aria-label') || svg.getAttribute('aria-labelledby'))))
      fault('drawing without a name', svg);
  for (const cell of document.querySelectorAll('th'))
    if (!['row', 'col'].includes(cell.getAttribute('scope'))) fault('header without scope', cell);
  for (const table of document.querySelectorAll('table'))
    for (const row of table.rows)
      if (row.cells.length !== table.rows[0].cells.length) fault('ragged table', row);
  for (const list of document.querySelectorAll('ul, ol'))
    for (const child of list.children) if (child.tagName !== 'LI') fault('no list item', child);
  for (const details of document.querySelectorAll('details'))
    if (!details.firstElementChild || details.firstElementChild.tagName !== 'SUMMARY')
      fault('folded without a summary', details);
  for (const region of document.querySelectorAll('.scroll'))
    if (region.tabIndex !== 0 || !region.getAttribute('aria-label'))
      fault('what scrolls cannot be reached by keyboard', region);
  if (document.querySelector('script, iframe, object, embed, form, input, [onclick], [onload]'))
    faults.push('something active');
  for (const element of document.querySelectorAll('[src], link[href], image, use'))
    if (!(element.getAttribute('href') || '').startsWith('data:')) fault('loads something', element);
  return faults.concat(CONTRAST());
})()
"""

# WCAG 2.2, 1.4.3: text against what lies behind it, as the browser computed both.
CONTRAST = r"""
globalThis.CONTRAST = () => {
  const parse = text => (text.match(/[\d.]+/g) || []).map(Number);
  const luminance = rgb => {
    const part = value => {
      value /= 255;
      return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
    };
    return 0.2126 * part(rgb[0]) + 0.7152 * part(rgb[1]) + 0.0722 * part(rgb[2]);
  };
  const behind = element => {
    for (let at = element; at; at = at.parentElement) {
      const colour = parse(getComputedStyle(at).backgroundColor);
      if (colour.length === 3 || colour[3] > 0.99) return colour;
    }
    return [255, 255, 255];
  };
  const faults = new Set();
  for (const element of document.querySelectorAll('body, body *')) {
    const own = [...element.childNodes].some(node => node.nodeType === 3 && node.data.trim());
    if (!own || element.closest('title, desc') || element.getClientRects().length === 0) continue;
    const style = getComputedStyle(element);
    const ink = parse(element.tagName === 'text' ? style.fill : style.color);
    const one = luminance(ink), two = luminance(behind(element));
    const ratio = (Math.max(one, two) + 0.05) / (Math.min(one, two) + 0.05);
    if (ratio < 4.5)
      faults.add('contrast ' + ratio.toFixed(2) + ' of ' + element.tagName.toLowerCase() + '.' +
                 (element.getAttribute('class') || ''));
  }
  return [...faults];
};
"""


class Browser:
    """One headless Chromium with one page."""

    def __init__(self, program, folder):
        to_browser, self.to = os.pipe()
        self.back, from_browser = os.pipe()
        # The browser wants its pipe as 3 and 4, whatever numbers ours have.
        shell = f'exec 3<&{to_browser} 4>&{from_browser}; exec "$@"'
        self.process = subprocess.Popen(
            ['bash', '-c', shell, 'bash', program, '--headless', '--no-sandbox', '--disable-gpu',
             '--remote-debugging-pipe', '--no-first-run', '--disable-extensions',
             '--disable-background-networking', '--disable-component-update', '--hide-scrollbars',
             '--force-color-profile=srgb', '--font-render-hinting=none',
             f'--user-data-dir={folder}/profile', 'about:blank'],
            pass_fds=(to_browser, from_browser), stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=dict(os.environ, HOME=folder))
        os.close(to_browser)
        os.close(from_browser)
        self.unread = b''
        self.number = 0
        self.events = []
        self.session = None
        target = self.call('Target.createTarget', url='about:blank')['targetId']
        self.session = self.call('Target.attachToTarget', targetId=target,
                                 flatten=True)['sessionId']
        for domain in ('Page', 'Runtime', 'Network', 'Log'):
            self.call(domain + '.enable')

    def read(self):
        until = time.monotonic() + PATIENCE
        while b'\0' not in self.unread:
            ready, _, _ = select.select([self.back], [], [], max(0, until - time.monotonic()))
            part = os.read(self.back, 1 << 20) if ready else b''
            if not part:
                raise SystemExit('browser: no answer')
            self.unread += part
        message, self.unread = self.unread.split(b'\0', 1)
        return json.loads(message)

    def call(self, method, **parameters):
        self.number += 1
        message = {'id': self.number, 'method': method, 'params': parameters}
        if self.session:
            message['sessionId'] = self.session
        os.write(self.to, json.dumps(message).encode() + b'\0')
        while True:
            answer = self.read()
            if answer.get('id') == self.number:
                if 'error' in answer:
                    raise SystemExit(f'browser: {method}: {answer["error"]}')
                return answer['result']
            self.events.append(answer)

    def open(self, file):
        self.events = []
        self.call('Page.navigate', url=pathlib.Path(file).resolve().as_uri())
        while not any(event.get('method') == 'Page.loadEventFired' for event in self.events):
            self.events.append(self.read())

    def look(self, width, scheme='light', media=''):
        self.call('Emulation.setDeviceMetricsOverride', width=width, height=900,
                  deviceScaleFactor=1, mobile=False)
        self.call('Emulation.setEmulatedMedia', media=media,
                  features=[{'name': 'prefers-color-scheme', 'value': scheme}])

    def ask(self, expression):
        result = self.call('Runtime.evaluate', expression=expression, returnByValue=True)
        if 'exceptionDetails' in result:
            raise SystemExit(f'browser: {result["exceptionDetails"]}')
        return result['result'].get('value')

    def print(self):
        return base64.b64decode(self.call('Page.printToPDF', preferCSSPageSize=True,
                                          printBackground=True)['data'])

    def shoot(self, name):
        size = self.call('Page.getLayoutMetrics')['cssContentSize']
        for number, top in enumerate(range(0, int(size['height']), SHEET)):
            clip = {'x': 0, 'y': top, 'width': size['width'],
                    'height': min(size['height'] - top, SHEET), 'scale': 1}
            picture = self.call('Page.captureScreenshot', clip=clip, captureBeyondViewport=True)
            pathlib.Path(f'{name}-{number}.png').write_bytes(base64.b64decode(picture['data']))

    def close(self):
        self.session = None
        self.call('Browser.close')
        self.process.wait(PATIENCE)


def complaints(events, file):
    """Errors and warnings that the browser noted, and requests for anything but the page."""
    own = pathlib.Path(file).resolve().as_uri()
    for event in events:
        method, values = event.get('method'), event.get('params', {})
        if method == 'Log.entryAdded':
            yield 'log: ' + values['entry']['text']
        elif method in ('Runtime.consoleAPICalled', 'Runtime.exceptionThrown'):
            yield 'console: ' + json.dumps(values)[:200]
        elif method == 'Network.requestWillBeSent':
            url = values['request']['url']
            if url != own and not url.startswith('data:'):
                yield 'request: ' + url


def check(browser, file):
    faults = []
    browser.open(file)
    for folded in ('folded', 'unfolded'):
        if folded == 'unfolded':
            browser.ask('document.querySelectorAll("details").forEach(d => { d.open = true; })')
        for width in WIDTHS:
            for scheme in ('light', 'dark'):
                browser.look(width, scheme)
                found = browser.ask(CONTRAST + CHECKS)
                faults += [f'{width} {scheme} {folded}: {fault}' for fault in found]
    browser.look(800, 'dark', 'print')
    faults += [f'print: {fault}' for fault in browser.ask(CONTRAST + CHECKS) if 'contrast' in fault]
    browser.look(800)
    document = browser.print()
    pages = document.count(b'/Type /Page\n') + document.count(b'/Type /Page/')
    if not document.startswith(b'%PDF-') or not 1 <= pages <= 200:
        faults.append(f'print: {pages} pages')
    faults += complaints(browser.events, file)
    return list(dict.fromkeys(faults))


def shoot(browser, file, folder):
    stem = pathlib.Path(folder) / pathlib.Path(file).stem
    browser.open(file)
    for width, scheme in ((400, 'light'), (800, 'light'), (1400, 'light'), (1400, 'dark'), (400, 'dark')):
        browser.look(width, scheme)
        browser.shoot(f'{stem}-{width}-{scheme}')
    browser.look(680, 'light', 'print')
    browser.shoot(f'{stem}-print')
    browser.look(800)
    pathlib.Path(f'{stem}.pdf').write_bytes(browser.print())


def main(arguments):
    folder = None
    if arguments[:1] == ['--shoot']:
        folder, arguments = arguments[1], arguments[2:]
    bad = False
    with tempfile.TemporaryDirectory() as profile:
        browser = Browser(arguments[0], profile)
        for file in arguments[1:]:
            if folder:
                shoot(browser, file, folder)
                continue
            for fault in check(browser, file):
                bad = True
                print(f'{pathlib.Path(file).name}: {fault}')
        browser.close()
    return 1 if bad else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
