// The Go client of Alertmanager's API, as Debian packages it, against one server: it decodes each answer and validates it
// by the client's own rules. Each step is told on a line; the first that fails ends the program.
package main

import (
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/go-openapi/strfmt"
	"github.com/prometheus/alertmanager/api/v2/client"
	"github.com/prometheus/alertmanager/api/v2/client/alert"
	"github.com/prometheus/alertmanager/api/v2/client/alertgroup"
	"github.com/prometheus/alertmanager/api/v2/client/general"
	"github.com/prometheus/alertmanager/api/v2/client/receiver"
	"github.com/prometheus/alertmanager/api/v2/client/silence"
	"github.com/prometheus/alertmanager/api/v2/models"
)

const unknownID = "00000000-0000-4000-8000-000000000000"

var (
	api   *client.AlertmanagerAPI
	began = time.Now().Add(-time.Minute)
)

type validated interface {
	Validate(strfmt.Registry) error
}

func end(format string, values ...interface{}) {
	fmt.Printf("FAIL "+format+"\n", values...)
	os.Exit(1)
}

// The answer came and is valid.
func fine(what string, err error, answer validated) {
	if err != nil {
		end("%s: %v", what, err)
	}
	if err := answer.Validate(strfmt.Default); err != nil {
		end("%s is not valid: %v", what, err)
	}
}

func equal(what string, got, wanted interface{}) {
	if fmt.Sprint(got) != fmt.Sprint(wanted) {
		end("%s is %v, not %v", what, got, wanted)
	}
	fmt.Printf("%s: %v\n", what, got)
}

func ref(text string) *string { return &text }
func yes() *bool              { value := true; return &value }
func no() *bool               { value := false; return &value }
func at(when time.Time) *strfmt.DateTime {
	made := strfmt.DateTime(when)
	return &made
}

func post(labels models.LabelSet, ends time.Time) error {
	one := &models.PostableAlert{
		Annotations: models.LabelSet{"summary": "a \"b\" <c> ü"},
		StartsAt:    strfmt.DateTime(began),
		EndsAt:      strfmt.DateTime(ends),
		Alert:       models.Alert{Labels: labels, GeneratorURL: "http://prometheus:9090/graph?g0.expr=x"},
	}
	_, err := api.Alert.PostAlerts(alert.NewPostAlertsParams().WithAlerts(models.PostableAlerts{one}))
	return err
}

func list(params *alert.GetAlertsParams) models.GettableAlerts {
	said, err := api.Alert.GetAlerts(params)
	if err != nil {
		end("alerts: %v", err)
	}
	fine("alerts", nil, said.Payload)
	return said.Payload
}

func names(of models.GettableAlerts) (found []string) {
	for _, each := range of {
		found = append(found, each.Labels["alertname"]+" "+*each.Status.State)
	}
	return
}

func checkAlerts() {
	status, err := api.General.GetStatus(general.NewGetStatusParams())
	if err != nil {
		end("status: %v", err)
	}
	fine("status", nil, status.Payload)
	equal("the configuration has routes", strings.Contains(*status.Payload.Config.Original, "route:"), true)
	receivers, err := api.Receiver.GetReceivers(receiver.NewGetReceiversParams())
	if err != nil {
		end("receivers: %v", err)
	}
	for _, each := range receivers.Payload {
		fine("receiver", nil, each)
		fmt.Println("receiver", *each.Name)
	}
	later := time.Now().Add(time.Hour)
	for _, labels := range []models.LabelSet{{"alertname": "CpuHigh", "node": "a"}, {"alertname": "Latency", "severity": "warning"}} {
		if err := post(labels, later); err != nil {
			end("post: %v", err)
		}
	}
	equal("all alerts", names(list(alert.NewGetAlertsParams())), "[CpuHigh active Latency active]")
	equal("filtered", names(list(alert.NewGetAlertsParams().WithFilter([]string{`alertname=~"Cpu.*"`, `node!="b"`}))), "[CpuHigh active]")
	equal("of a receiver", names(list(alert.NewGetAlertsParams().WithReceiver(ref("sho.")))), "[Latency active]")
	equal("not active", names(list(alert.NewGetAlertsParams().WithActive(no()))), "[]")
	if err := post(models.LabelSet{"alertname": "Latency", "severity": "warning"}, time.Now()); err != nil {
		end("resolve: %v", err)
	}
	equal("after one is resolved", names(list(alert.NewGetAlertsParams())), "[CpuHigh active]")
	checkGroups()
}

func checkGroups() {
	// Alertmanager groups a moment later than it stores.
	for limit := time.Now().Add(30 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		groups, err := api.Alertgroup.GetAlertGroups(alertgroup.NewGetAlertGroupsParams().WithSilenced(yes()))
		if err != nil {
			end("groups: %v", err)
		}
		fine("groups", nil, groups.Payload)
		if len(groups.Payload) == 1 {
			equal("group", fmt.Sprint(*groups.Payload[0].Receiver.Name, len(groups.Payload[0].Alerts)), "CpuHigh1")
			return
		}
		if time.Now().After(limit) {
			end("groups: %v", groups.Payload)
		}
	}
}

func checkAlertErrors() {
	err := post(models.LabelSet{}, time.Now())
	refused, typed := err.(*alert.PostAlertsBadRequest)
	equal("an alert without labels is a bad request", typed, true)
	equal("because", refused.Payload, "at least one label pair required")
	_, err = api.Alert.GetAlerts(alert.NewGetAlertsParams().WithFilter([]string{"nonsense"}))
	filter, typed := err.(*alert.GetAlertsBadRequest)
	equal("so is a bad filter", typed, true)
	equal("because", filter.Payload, "bad matcher format: nonsense")
	_, err = api.Alertgroup.GetAlertGroups(alertgroup.NewGetAlertGroupsParams().WithReceiver(ref("(")))
	_, typed = err.(*alertgroup.GetAlertGroupsBadRequest)
	equal("and a bad receiver of groups", typed, true)
}

func draft(id, comment string, ends time.Time) *models.PostableSilence {
	return &models.PostableSilence{ID: id, Silence: models.Silence{
		Comment: &comment, CreatedBy: ref("me"), StartsAt: at(time.Now()), EndsAt: at(ends),
		Matchers: models.Matchers{{Name: ref("alertname"), Value: ref("Cpu.*"), IsRegex: yes(), IsEqual: yes()}},
	}}
}

func set(what *models.PostableSilence) (string, error) {
	said, err := api.Silence.PostSilences(silence.NewPostSilencesParams().WithSilence(what))
	if err != nil {
		return "", err
	}
	return said.Payload.SilenceID, nil
}

func get(id string) (*models.GettableSilence, error) {
	said, err := api.Silence.GetSilence(silence.NewGetSilenceParams().WithSilenceID(strfmt.UUID(id)))
	if err != nil {
		return nil, err
	}
	fine("silence", nil, said.Payload)
	return said.Payload, nil
}

func checkSilences() {
	id, err := set(draft("", "first", time.Now().Add(time.Hour)))
	if err != nil {
		end("silence: %v", err)
	}
	equal("silenced", names(list(alert.NewGetAlertsParams().WithActive(no()))), "[CpuHigh suppressed]")
	found, err := get(id)
	if err != nil {
		end("get: %v", err)
	}
	change := draft(id, "second", time.Now().Add(2*time.Hour))
	change.StartsAt = found.StartsAt
	same, err := set(change)
	equal("a change keeps the id", fmt.Sprint(same == id, err), "true <nil>")
	said, err := api.Silence.GetSilences(silence.NewGetSilencesParams().WithFilter([]string{`alertname=~"Cpu.*"`}))
	if err != nil {
		end("silences: %v", err)
	}
	fine("silences", nil, said.Payload)
	equal("listed", fmt.Sprint(len(said.Payload), *said.Payload[0].Comment, *said.Payload[0].Status.State), "1secondactive")
	if _, err := api.Silence.DeleteSilence(silence.NewDeleteSilenceParams().WithSilenceID(strfmt.UUID(id))); err != nil {
		end("delete: %v", err)
	}
	found, err = get(id)
	equal("deleted", fmt.Sprint(*found.Status.State, err), "expired<nil>")
	equal("no longer silenced", names(list(alert.NewGetAlertsParams())), "[CpuHigh active]")
}

func checkSilenceErrors() {
	_, err := get(unknownID)
	_, typed := err.(*silence.GetSilenceNotFound)
	equal("an unknown silence is not found", typed, true)
	_, err = set(draft(unknownID, "x", time.Now().Add(time.Hour)))
	_, typed = err.(*silence.PostSilencesNotFound)
	equal("nor is it to be changed", typed, true)
	_, err = set(draft("", "x", time.Now().Add(-time.Hour)))
	refused, typed := err.(*silence.PostSilencesBadRequest)
	equal("one that is over is a bad request", typed, true)
	fmt.Println("because", refused.Payload)
}

func main() {
	transport := client.DefaultTransportConfig().WithHost(os.Args[1]).WithBasePath(os.Args[2] + "/api/v2")
	api = client.NewHTTPClientWithConfig(strfmt.Default, transport)
	checkAlerts()
	checkAlertErrors()
	checkSilences()
	checkSilenceErrors()
}
