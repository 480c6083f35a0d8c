// Package httpx is what every route needs of HTTP and net/http does not decide
// for it: which paths exist at all, how bodies are bounded, how answers and
// errors are written, which routes scripts of other origins may call.
package httpx
