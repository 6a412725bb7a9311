package focalloss

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The program in the README runs as it stands, but for the port, and prints what the README says.
func TestReadme(t *testing.T) {
	url := serviceURL(t)
	page, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	module, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	snippets := strings.Split(string(page), "```")
	requirement, program, output := snippets[1], strings.TrimPrefix(snippets[3], "go\n"), strings.TrimPrefix(snippets[5], "text\n")
	folder := t.TempDir()
	for name, text := range map[string]string{
		"go.mod":  "module example\n\ngo 1.23\n" + strings.ReplaceAll(requirement, "../focal-loss-service/clients/go", module),
		"main.go": strings.ReplaceAll(program, "http://127.0.0.1:8080", url),
	} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	command := exec.Command("go", "run", ".")
	command.Dir = folder
	printed, err := command.CombinedOutput()
	if err != nil || string(printed) != output {
		t.Errorf("expected %q, got %q, %v", output, printed, err)
	}
}
