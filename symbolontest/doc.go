// Package symbolontest runs a real Symbolon for tests: a server on a loopback port
// with a SQLite database of its own, a company's app that signs in whoever the test
// says, a browser with a cookie jar, and an OAuth client.
//
// Nothing in it is a fake of the server. A test that passes here talks HTTP to the
// same code as in production; only the clock stands still until the test moves it.
//
//	server := symbolontest.StartServer(t)
//	client := server.Register(nil)
//	tokens := client.Login(symbolontest.NewBrowser(t))
//
// Every function that takes or keeps a [testing.TB] ends the test with a message
// when something fails that the test did not ask about, such as a broken
// connection. What the server answers is never judged here: a [Response] is
// returned whatever its status, since most tests are about refusals. The helpers
// that promise a result ([Server.Register], [Client.Login], [Client.Code]) are the
// exception.
package symbolontest
