package main

// symbolon demo --auto: a robot goes through everything that a login can be.

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/symbolon-auth/symbolon/examples/acme"
	"github.com/symbolon-auth/symbolon/internal/client"
)

// auto tells the story of one user: a first login, more permissions, a refresh, and
// a login that fails because Acme makes a mistake. An error means that something
// did not go as it must; CI runs this.
func (d *demo) auto(ctx context.Context, out terminal) error {
	p := newPlay(d, out)
	defer d.trace.listen(nil)
	for _, act := range []func(context.Context) error{p.firstLogin, p.useTool, p.stepUp, p.refresh, p.brokenLogin} {
		err := act(ctx)
		if ctx.Err() != nil {
			return errors.New("the demo was interrupted")
		}
		if err != nil {
			return fmt.Errorf("the demo failed: %w", err)
		}
	}
	p.story.title("That was all. Try it yourself:")
	p.story.say("%s demo", programName())
	return nil
}

// play is what the acts share.
type play struct {
	demo   *demo
	out    terminal
	story  *story
	client *client.Client
	robot  *client.Robot
	user   acme.Account
	login  client.Login
}

func newPlay(d *demo, out terminal) *play {
	p := &play{demo: d, out: out, story: &story{out: out, demo: d}, user: acme.Accounts()[0]}
	p.client = client.New(client.Options{Name: "Demo robot", Trace: d.trace.from("client")})
	p.robot = client.NewRobot(client.RobotOptions{
		Username: p.user.Email, Password: client.Secret(p.user.Password), Trace: d.trace.from("browser"),
	})
	d.trace.listen(p.story.step)
	return p
}

func (p *play) firstLogin(ctx context.Context) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n", p.out.paint(bold, "Symbolon demo: a robot connects an MCP client"))
	p.demo.addresses(p.out, &b)
	fmt.Fprint(p.out, b.String())
	p.story.begin(true)
	var err error
	p.login, err = p.client.Login(ctx, p.demo.mcpURL, client.LoginOptions{Open: p.robot.Login, Scope: "todo:read"})
	if err != nil {
		return err
	}
	p.story.title("The access token, verified with Symbolon's published keys")
	p.story.begin(false)
	token, err := p.client.VerifyAccessToken(ctx, p.login.Discovery, p.login.Tokens.AccessToken, "")
	if err != nil {
		return err
	}
	return printToken(p.out, token)
}

func (p *play) useTool(ctx context.Context) error {
	p.story.title("The client calls a tool")
	return p.call(ctx, "list_todos", nil)
}

// call calls one tool and prints its answer.
func (p *play) call(ctx context.Context, tool string, arguments map[string]any) error {
	session, err := p.client.OpenSession(ctx, p.demo.mcpURL, p.login.Tokens.AccessToken)
	if err != nil {
		return err
	}
	defer session.Close()
	answer, err := session.Call(ctx, tool, arguments)
	if err != nil {
		return err
	}
	p.story.say("%s: %s", tool, p.out.paint(green, strings.TrimSpace(answer)))
	return nil
}

// stepUp asks for a permission when a tool needs it.
func (p *play) stepUp(ctx context.Context) error {
	todo := map[string]any{"title": "Keep our own login"}
	p.story.title("Another tool needs a scope that the token does not have")
	scope, err := p.challenge(ctx, "add_todo", todo)
	if err != nil {
		return err
	}
	p.story.title("So the client logs in again, for both; Acme knows the user and asks only whether to go on")
	p.story.begin(false)
	p.login, err = p.client.LoginAt(ctx, p.login.Discovery,
		client.LoginOptions{Open: p.robot.Login, Registration: &p.login.Registration, Scope: scope})
	if err != nil {
		return err
	}
	p.story.say("granted: %s", p.login.Tokens.Scope)
	p.story.title("Now the tool works")
	return p.call(ctx, "add_todo", todo)
}

// challenge calls a tool that must be refused, and returns the scope to ask for.
func (p *play) challenge(ctx context.Context, tool string, arguments map[string]any) (scope string, err error) {
	session, err := p.client.OpenSession(ctx, p.demo.mcpURL, p.login.Tokens.AccessToken)
	if err != nil {
		return "", err
	}
	defer session.Close()
	if _, err := session.Call(ctx, tool, arguments); err == nil {
		return "", fmt.Errorf("%s worked without its scope", tool)
	}
	c := session.Challenged()
	if c == nil || c.Code != "insufficient_scope" || c.Scope == "" {
		return "", fmt.Errorf("%s was not refused with insufficient_scope and the scope to ask for", tool)
	}
	return c.Scope, nil
}

func (p *play) refresh(ctx context.Context) error {
	p.story.title("Later, without the user: a refresh, which replaces the refresh token, too")
	old := p.login.Tokens
	tokens, err := p.client.Refresh(ctx, p.login.Discovery, p.login.Registration, old.RefreshToken, "")
	switch {
	case err != nil:
		return err
	case tokens.AccessToken == old.AccessToken || tokens.RefreshToken == old.RefreshToken:
		return errors.New("the refresh returned a token that the client already had")
	}
	p.login.Tokens = tokens
	return p.call(ctx, "list_todos", nil)
}

// brokenLogin shows what an engineer sees whose app makes the usual mistake.
func (p *play) brokenLogin(ctx context.Context) error {
	p.story.title("Now a login that is broken on purpose: Acme sends the browser back with the state alone")
	p.demo.acme.forgets.Store(true)
	defer p.demo.acme.forgets.Store(false)
	p.story.begin(false)
	_, err := p.client.LoginAt(ctx, p.login.Discovery,
		client.LoginOptions{Open: p.robot.Login, Registration: &p.login.Registration})
	if err == nil {
		return errors.New("a login without login_verifier succeeded")
	}
	id := errorID.FindString(err.Error())
	if id == "" {
		return fmt.Errorf("the broken login showed no error id: %w", err)
	}
	p.story.title("The page shows an error id. Its diagnosis: symbolon attempts show err_…")
	o, err := reach(ctx, p.demo.config, access{running: true})
	if err != nil {
		return err
	}
	report, err := o.ErrorReport(ctx, id)
	if err != nil {
		return err
	}
	if report.Reason != "verifier_missing" {
		return fmt.Errorf("the broken login was refused as %q, expected verifier_missing", report.Reason)
	}
	return showError(ctx, o, p.out, id, false)
}

// errorID finds the id on an error page.
var errorID = regexp.MustCompile(`err_[A-Za-z0-9_-]+`)
