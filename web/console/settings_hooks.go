package console

import (
	"fmt"
	"strings"

	"github.com/labstack/echo/v4"

	"dsr/access"
	"dsr/web/site"
)

// hooksLine says where reminders are posted to beside mail, and how that goes;
// an empty line where they go nowhere, or the reader may not know. The hosts
// stand in it and never a path, which may be secret.
func (s *Console) hooksLine(c echo.Context) (settingLine, error) {
	if !site.Caller(c).May(access.Settings, "") {
		return settingLine{}, nil
	}
	list, err := s.Office.HookStates(c.Request().Context(), site.Caller(c))
	if err != nil || len(list) == 0 {
		return settingLine{}, err
	}
	line := settingLine{Name: "Hooks", Icon: "mail", State: "All answer"}
	var texts, failing []string
	for _, h := range list {
		text := fmt.Sprintf("%s to %s, last on %s", h.Hook.Name, h.Host(), stamp(h.DeliveredAt.Time))
		if !h.FailingSince.IsZero() {
			text += fmt.Sprintf(", failing since %s: %s", stamp(h.FailingSince.Time), h.Fault)
			failing = append(failing, h.Hook.Name)
		}
		texts = append(texts, text)
	}
	if len(failing) > 0 {
		line.State, line.Alarm = counted(len(failing), "hook")+" failing", true
	}
	line.Says = "Where reminders are posted beside mail: " + strings.Join(texts, "; ") + "."
	return line, nil
}
