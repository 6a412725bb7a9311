// Preloaded, it fails every import of OpenTelemetry's SDK and exporter, to show that none is made where nobody wants
// traces. (prom-client needs `@opentelemetry/api`, the interface without anything behind it.)
import { register } from 'node:module';

const hook = `export function resolve(specifier, context, next) {
  if (/^@opentelemetry\\/(?!api$)/.test(specifier)) throw new Error('refused to load ' + specifier);
  return next(specifier, context);
}`;
register(`data:text/javascript,${encodeURIComponent(hook)}`);
