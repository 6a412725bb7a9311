import { readFileSync, writeFileSync } from 'node:fs';
import { CLIENT_NAMES, NAMES_PAGE, withClientHints, withForeignNames } from './reference/foreign-names.ts';
import { ERRORS_PAGE, SECURITY_PAGE, SETTINGS_PAGE, withCosts, withProblems, withSettings } from './reference/pages.ts';

// npm run docs: writes the tables of docs/reference, SECURITY.md and the Python client that follow from the code.

writeFileSync(SETTINGS_PAGE, withSettings(readFileSync(SETTINGS_PAGE, 'utf8')));
writeFileSync(ERRORS_PAGE, withProblems(readFileSync(ERRORS_PAGE, 'utf8')));
writeFileSync(NAMES_PAGE, withForeignNames(readFileSync(NAMES_PAGE, 'utf8')));
writeFileSync(CLIENT_NAMES, withClientHints(readFileSync(CLIENT_NAMES, 'utf8')));
writeFileSync(SECURITY_PAGE, withCosts(readFileSync(SECURITY_PAGE, 'utf8')));
