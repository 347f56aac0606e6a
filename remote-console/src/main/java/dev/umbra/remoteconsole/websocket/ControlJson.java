// SPDX-License-Identifier: Apache-2.0
package dev.umbra.remoteconsole.websocket;

import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.json.JsonMapper;

/** The one way control messages are read and written. */
final class ControlJson {
    static final JsonMapper MAPPER = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private ControlJson() {}
}
