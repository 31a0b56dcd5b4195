// The viewer of the API's document; nothing is asked of another host.
SwaggerUIBundle({
  url: "/api/openapi.json",
  dom_id: "#viewer",
  validatorUrl: null,
  deepLinking: true,
  docExpansion: "list",
  defaultModelsExpandDepth: 0,
  displayRequestDuration: true,
});
