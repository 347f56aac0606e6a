// SPDX-License-Identifier: Apache-2.0
package dev.umbra.e2e;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The page that shows what is inside a VM, as somebody uses it who has it before them in a browser. */
final class InsidePage {
    /** Facts that are shown at once. */
    static final int ROWS = 200;

    /** When the last scan ended, as far as the page shows it. */
    private static final String LAST_SCAN = "(document.querySelector('#view > p time')?.dateTime ?? '')";

    private static final Pattern PART = Pattern.compile("([\\d,]+) to [\\d,]+ of ([\\d,]+)");

    private final Browser browser;

    private InsidePage(Browser browser) {
        this.browser = browser;
    }

    /** Goes there from the list of VMs, where one of this name is. */
    static InsidePage ofVm(Browser browser, String vm) {
        browser.click("#views a[href='#vms']");
        browser.click("[data-vm='" + vm + "'] [data-action='inside']");
        return shown(browser);
    }

    /** Goes there from the list of hosts. */
    static InsidePage ofFirstCloudVm(Browser browser) {
        browser.click("#views a[href='#hosts']");
        browser.click("#view a[href^='#introspection/']");
        return shown(browser);
    }

    private static InsidePage shown(Browser browser) {
        browser.await("document.querySelector('h2')?.textContent.startsWith('Inside ') === true");
        return new InsidePage(browser);
    }

    /** Has the VM scanned, and waits until what the scan saw is shown; returns what the page said in between. */
    List<String> scan(String button) {
        Object last = browser.javaScript("return " + LAST_SCAN);
        browser.javaScript("""
                window.said = new Set();
                window.listening?.disconnect();
                window.listening = new MutationObserver(() => {
                  const progress = document.querySelector('#scan-progress:not([hidden]) span');
                  if (progress) { window.said.add(progress.textContent); }
                  const toast = document.querySelector('#toast:not([hidden])');
                  if (toast) { window.said.add(toast.textContent); }
                });
                window.listening.observe(document.body, { subtree: true, childList: true, characterData: true, attributes: true });
                """);
        browser.click("[data-key='" + button + "']:enabled");
        browser.await("[...window.said].some((text) => /^Scan /.test(text))");
        browser.await(LAST_SCAN + " !== '" + last + "'");
        return texts(browser.javaScript("return [...window.said]"));
    }

    boolean hasTab(String view) {
        return Boolean.TRUE.equals(browser.javaScript(
                "return document.querySelector(arguments[0]) !== null", "[data-key='tab-" + view + "']"));
    }

    boolean canScan() {
        return Boolean.TRUE.equals(browser.javaScript("return document.querySelector('[data-key=scan]') !== null"));
    }

    /** Shows a section, the findings, the search or the history. */
    void show(String view) {
        browser.click("[data-key='tab-" + view + "']");
        browser.await(
                "document.querySelector('[data-key=\"tab-" + view + "\"]')?.getAttribute('aria-current') === 'true'");
    }

    /** Types a word into the field above the section, and has it shown. */
    void narrow(String word) {
        browser.javaScript("document.querySelector('input[name=q]').value = ''");
        browser.fill("input[name=q]", word + "\n");
        browser.await("document.querySelector('input[name=q]').defaultValue === '" + word + "'");
    }

    /** Texts of the cells of all tables, row by row. */
    List<List<String>> rows() {
        Object rows = browser.javaScript(
                "return [...document.querySelectorAll('#view tbody tr')].map((row) => [...row.cells].map((cell) => cell.innerText))");
        return ((List<?>) rows).stream().map(InsidePage::texts).toList();
    }

    /** Texts of one column. */
    List<String> column(int index) {
        return rows().stream().map(row -> row.get(index)).toList();
    }

    /** Whatever is written there. */
    String text() {
        return String.valueOf(browser.javaScript("return document.getElementById('view').innerText"));
    }

    /** Findings that are not over, row by row. */
    List<List<String>> open() {
        return rows().stream().filter(row -> row.getLast().isEmpty()).toList();
    }

    /** Facts of the section in all. */
    int total() {
        return part(2);
    }

    /** Place of the first fact that is shown, from 1. */
    int first() {
        return part(1);
    }

    private int part(int group) {
        Matcher part = PART.matcher(text());
        if (!part.find()) {
            throw new IllegalStateException("no section: " + text());
        }
        return Integer.parseInt(part.group(group).replace(",", ""));
    }

    /** Shows the facts before or behind those that are shown. */
    void turn(String button) {
        int first = first();
        browser.click("[data-key='" + button + "']:enabled");
        browser.await("!/(^|\\D)" + first + " to /.test(document.getElementById('view').innerText)");
    }

    /** The moment that sections show, if no other is chosen. */
    String newestMoment() {
        return String.valueOf(
                browser.javaScript("return document.querySelector('select[name=moment] option:nth-child(2)').value"));
    }

    /** Chooses a moment, to look at or to compare with. */
    void choose(String field, String moment) {
        String option = "select[name=" + field + "] option[value='" + moment + "']";
        browser.click(option);
        browser.await("document.querySelector(\"" + option + "\").defaultSelected");
    }

    /** Waits until the page has asked the appliance again and shown the answer. */
    void awaitDrawnAnew() {
        for (int times = 0; times < 2; times++) {
            browser.javaScript("performance.clearResourceTimings()");
            browser.await("performance.getEntriesByType('resource').some((one) => one.name.endsWith('/moments'))");
        }
    }

    private static List<String> texts(Object list) {
        return ((List<?>) list).stream().map(String::valueOf).toList();
    }
}
