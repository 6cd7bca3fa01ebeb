"use strict"

const place = document.getElementById("swagger-ui")
const { urls, key } = JSON.parse(place.dataset.shown)

const ui = SwaggerUIBundle({
    domNode: place,
    urls,
    presets: [SwaggerUIBundle.presets.apis, SwaggerUIStandalonePreset],
    layout: "StandaloneLayout",
    deepLinking: true,
    displayRequestDuration: true,
    tryItOutEnabled: true,
    validatorUrl: null,
    onComplete: () => key && ui.preauthorizeApiKey(key.scheme, key.value),
})
