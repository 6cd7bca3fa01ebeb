// Command go_nethttp is a correct model-configs server built on net/http, with all data in memory.
//
// Environment: API_KEY is the management key, STYLE is plain or other (see styles.go), FAIL_WHEN injects faults
// (see faults.go).
package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"time"
)

func main() {
	port := flag.Int("port", 8080, "port on 127.0.0.1; 0 takes a free one")
	flag.Parse()
	if err := run(*port); err != nil {
		log.Fatal(err)
	}
}

func run(port int) error {
	chosen, err := findStyle(cmp.Or(os.Getenv("STYLE"), "plain"))
	if err != nil {
		return err
	}
	faults, err := parseFaults(os.Getenv("FAIL_WHEN"))
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil {
		return err
	}
	handler := newAPI(cmp.Or(os.Getenv("API_KEY"), "mock-development-key"), chosen, faults)
	server := &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       20 * time.Second,
		// Without it ReadTimeout would also close idle connections, in the middle of a client's pause.
		IdleTimeout: 5 * time.Minute,
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	go func() {
		<-ctx.Done()
		_ = server.Close()
	}()
	fmt.Printf("listening on http://%s\n", listener.Addr())
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
