// Package web renders every page that an end user sees: the consent question,
// the pages that explain a problem, and the front page. It is one small design
// system: one stylesheet, one layout, one mark.
//
// The pages hold these promises, and the tests of this package check them:
//
//   - A page works without JavaScript and loads nothing from another origin.
//   - There is no inline style, script or event attribute, so the policy of
//     SecurityHeaders needs no exception.
//   - Whatever a stranger chose (an app's name, its links, a scope) is escaped
//     for the place where it stands and isolated in its writing direction.
//   - Nothing allows access by accident: Enter does nothing, and the Allow button
//     ignores the second half of a double-click.
//   - Every sentence comes from locale/*.json, in the reader's language.
//
// The package decides nothing. It gets a view model from the step that has
// decided, and turns it into a page.
package web
