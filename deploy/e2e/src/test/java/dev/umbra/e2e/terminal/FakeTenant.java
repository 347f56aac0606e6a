// SPDX-License-Identifier: Apache-2.0
package dev.umbra.e2e.terminal;

import java.nio.charset.StandardCharsets;

/** A tenant's terminal that answers as getty, login and a shell with line editing do. */
final class FakeTenant implements Terminal {
    private enum Place {
        LOGIN,
        PASSWORD,
        SHELL
    }

    private final Transcript transcript = new Transcript();
    private final StringBuilder line = new StringBuilder();
    private Place place;
    String answer = "";
    int status;

    FakeTenant(boolean loggedIn) {
        place = loggedIn ? Place.SHELL : Place.LOGIN;
    }

    private void print(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
        transcript.append(bytes, 0, bytes.length);
    }

    @Override
    public void type(byte[] characters) {
        for (byte character : characters) {
            if (character == '\r') {
                print("\r\n");
                enter(line.toString());
                line.setLength(0);
            } else {
                line.append((char) character);
                if (place != Place.PASSWORD) {
                    print(Character.toString(character));
                }
            }
        }
    }

    private void enter(String entered) {
        switch (place) {
            case LOGIN -> {
                place = entered.isEmpty() ? Place.LOGIN : Place.PASSWORD;
                print(entered.isEmpty() ? "tenant login: " : "Password: ");
            }
            case PASSWORD -> {
                place = entered.equals("right") ? Place.SHELL : Place.LOGIN;
                print(place == Place.SHELL ? "user@tenant:~$ " : "Login incorrect\r\ntenant login: ");
            }
            case SHELL -> obey(entered);
        }
    }

    private void obey(String entered) {
        if (entered.equals("exit")) {
            place = Place.LOGIN;
            print("tenant login: ");
            return;
        }
        if (entered.startsWith("echo b''")) {
            String mark = entered.substring("echo b''".length(), entered.indexOf(';'));
            print("b" + mark + "\r\n" + answer + "e" + mark + " " + status + "\r\n");
        }
        print("user@tenant:~$ ");
    }

    @Override
    public Transcript transcript() {
        return transcript;
    }

    @Override
    public void close() {
        transcript.end("closed");
    }
}
