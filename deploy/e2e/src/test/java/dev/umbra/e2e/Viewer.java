// SPDX-License-Identifier: Apache-2.0
package dev.umbra.e2e;

import dev.umbra.e2e.vnc.Picture;
import dev.umbra.e2e.vnc.VncClient;

/** Somebody at the screen and keyboard of a VM, whatever program shows them. */
interface Viewer extends AutoCloseable {
    /** What is shown now. */
    Picture picture();

    /** Types characters of a US keyboard; {@code \n} is the Enter key. */
    void type(String text);

    @Override
    void close();

    /** The page of the appliance, which shows the screen by noVNC. */
    static Viewer over(Browser browser) {
        return new Viewer() {
            @Override
            public Picture picture() {
                return browser.screenPicture();
            }

            @Override
            public void type(String text) {
                browser.type(text);
            }

            @Override
            public void close() {
                browser.close();
            }
        };
    }

    static Viewer over(VncClient client) {
        return new Viewer() {
            @Override
            public Picture picture() {
                return client.picture();
            }

            @Override
            public void type(String text) {
                client.type(text);
            }

            @Override
            public void close() {
                client.close();
            }
        };
    }
}
